// Command reference is a hostPath provisioner on the library that most provisioners are made of. The
// bench measures ours beside it. It makes the same directories and the like volumes, but keeps no
// journal and does not wait for the disk. It has none of the limits of client-go and of the library.
package main

import (
	"context"
	"log"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func main() {
	kubeconfig := required("KUBECONFIG")
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		log.Fatalf("%s: %v", kubeconfig, err)
	}
	config.QPS = -1 // no limit; 0 would be the default of 5 requests a second
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatalf("%s: %v", kubeconfig, err)
	}
	provisioner := &hostPath{nodeName: required("NODE_NAME"), baseDirectory: required("BASE_DIRECTORY")}
	controller.NewProvisionController(context.Background(), client, required("PROVISIONER_NAME"), provisioner,
		controller.LeaderElection(false),
		controller.Threadiness(100),
		controller.RateLimiter(workqueue.DefaultTypedItemBasedRateLimiter[string]()),
	).Run(context.Background())
}

// required is a variable of the environment, which the bench sets for every provisioner.
func required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("%s is missing", name)
	}
	return value
}
