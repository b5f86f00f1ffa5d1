package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// nodeKey is label and annotation of a volume: the node that its directory is on.
const nodeKey = "reference.hostpath-provisioner/node"

// hostPath makes and removes directories of one node; the library does the rest.
type hostPath struct {
	nodeName      string
	baseDirectory string
}

// Provision makes the claim's directory, unless an earlier try has made it, and describes its volume.
func (h *hostPath) Provision(_ context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	path := filepath.Join(h.baseDirectory, options.PVName)
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, controller.ProvisioningFinished, err
	}
	if err := os.Chmod(path, 0o777); err != nil { // the umask has cut the mode
		return nil, controller.ProvisioningFinished, err
	}
	return h.volume(options, path), controller.ProvisioningFinished, nil
}

// Delete removes the volume's directory, if it is one of this node's.
func (h *hostPath) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	if volume.Annotations[nodeKey] != h.nodeName {
		return &controller.IgnoredError{Reason: "the directory is on another node"}
	}
	return os.RemoveAll(filepath.Join(h.baseDirectory, volume.Name))
}

// volume is as large as ours: what it says beside the directory is what ours says too.
func (h *hostPath) volume(options controller.ProvisionOptions, path string) *v1.PersistentVolume {
	claim := options.PVC.Spec
	directory := v1.HostPathDirectory
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name:        options.PVName,
			Labels:      map[string]string{nodeKey: h.nodeName},
			Annotations: map[string]string{nodeKey: h.nodeName},
		},
		Spec: v1.PersistentVolumeSpec{
			AccessModes:                   claim.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: claim.Resources.Requests[v1.ResourceStorage]},
			MountOptions:                  options.StorageClass.MountOptions,
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			PersistentVolumeSource:        v1.PersistentVolumeSource{HostPath: &v1.HostPathVolumeSource{Path: path, Type: &directory}},
			VolumeMode:                    claim.VolumeMode,
			NodeAffinity:                  &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: onNode(h.nodeName)}},
		},
	}
}

func onNode(name string) []v1.NodeSelectorTerm {
	hostname := v1.NodeSelectorRequirement{Key: v1.LabelHostname, Operator: v1.NodeSelectorOpIn, Values: []string{name}}
	return []v1.NodeSelectorTerm{{MatchExpressions: []v1.NodeSelectorRequirement{hostname}}}
}
