// Command reference is a hostPath provisioner on the library that most provisioners are made of. The
// bench measures ours beside it. It makes the same directories and the like volumes, but keeps no
// journal and does not wait for the disk.
package main

import (
	"context"
	"flag"
	"log"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "`file` that says where the API server is")
	nodeName := flag.String("node-name", "", "`node` that the directories are on")
	baseDirectory := flag.String("base-directory", "", "`directory` to make the volumes' directories in")
	provisionerName := flag.String("provisioner-name", "", "`name` that classes call it by")
	unthrottled := flag.Bool("unthrottled", false, "do without the limits that client-go and the library have by default")
	flag.Parse()
	for _, name := range []string{"kubeconfig", "node-name", "base-directory", "provisioner-name"} {
		if flag.Lookup(name).Value.String() == "" {
			log.Fatalf("--%s is missing", name)
		}
	}

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatalf("%s: %v", *kubeconfig, err)
	}
	options := []func(*controller.ProvisionController) error{controller.LeaderElection(false)}
	if *unthrottled {
		config.QPS = -1 // no limit; 0 would be the default of 5 requests a second
		options = append(options, controller.Threadiness(100), controller.RateLimiter(workqueue.DefaultTypedItemBasedRateLimiter[string]()))
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatalf("%s: %v", *kubeconfig, err)
	}
	provisioner := &hostPath{nodeName: *nodeName, baseDirectory: *baseDirectory}
	controller.NewProvisionController(context.Background(), client, *provisionerName, provisioner, options...).Run(context.Background())
}
