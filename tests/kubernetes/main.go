// A Kubernetes control plane for the tests, in one program: etcd, the API server, the controllers and the scheduler,
// unchanged, chosen by the first argument. What it lacks is a kubelet, a provisioner and a cloud; the tests play those,
// with a little help for the kubelet's port-forward.
//
// Each part ends when its standard input does. Whoever starts it holds the other end of a pipe, so that the part can't
// outlive it, however it ends.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/client-go/util/keyutil"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const usage = "usage: kubernetes etcd|apiserver|controllers|scheduler|kubelet [FLAGS], or kubernetes key"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	part := os.Args[1]
	if part == "key" {
		printKey()
		return
	}
	go endWithInput()
	arguments := append([]string{part}, os.Args[2:]...)
	switch part {
	case "etcd":
		etcdmain.Main(arguments)
	case "apiserver":
		run(apiserver.NewAPIServerCommand(), arguments)
	case "controllers":
		run(controllers.NewControllerManagerCommand(), arguments)
	case "kubelet":
		fmt.Fprintln(os.Stderr, kubelet(arguments[1:]))
		os.Exit(1)
	case "scheduler":
		run(scheduler.NewSchedulerCommand(), arguments)
	default:
		fmt.Fprintf(os.Stderr, "there is no part %q; %s\n", part, usage)
		os.Exit(2)
	}
}

func run(command *cobra.Command, arguments []string) {
	command.SetArgs(arguments[1:])
	os.Exit(cli.Run(command))
}

// Prints a new key for signing the tokens of service accounts.
func printKey() {
	key, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err == nil {
		_, err = os.Stdout.Write(key)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no key:", err)
		os.Exit(1)
	}
}

func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
