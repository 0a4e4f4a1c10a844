package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/httpstream/wsstream"
	"k8s.io/apiserver/pkg/util/proxy"
	"k8s.io/client-go/util/cert"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
)

// The one thing of a kubelet that can't be played by requests to the API server: it is what answers a port-forward.
// Where the ports of a pod really are is read from a file at each connection.
func kubelet(arguments []string) error {
	flags := flag.NewFlagSet("kubelet", flag.ExitOnError)
	port := flags.Int("port", 0, "the port to listen on")
	forwards := flags.String("forwards", "", `a file with JSON such as {"NAMESPACE/PREFIX-OF-POD:PORT": "127.0.0.1:PORT"}`)
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", nil, nil)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/portForward/{namespace}/{pod}", forwarder{*forwards}.serve)
	server := &http.Server{
		Addr:      fmt.Sprintf("127.0.0.1:%d", *port),
		Handler:   routes,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}},
	}
	return server.ListenAndServeTLS("", "")
}

type forwarder struct{ file string }

func (f forwarder) serve(response http.ResponseWriter, request *http.Request) {
	pod := request.PathValue("namespace") + "/" + request.PathValue("pod")
	tunnelled := wsstream.IsWebSocketRequestWithTunnelingProtocol(request)
	options := &portforward.V4Options{}
	if !tunnelled {
		var err error
		if options, err = portforward.NewV4Options(request); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
	}
	var serve http.Handler = http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		portforward.ServePortForward(response, request, f, pod, "", options, time.Hour, time.Minute,
			portforward.SupportedProtocols)
	})
	if tunnelled {
		serve = proxy.NewTunnelingHandler(serve)
	}
	serve.ServeHTTP(response, request)
}

// PortForward is called for each connection.
func (f forwarder) PortForward(_ context.Context, pod, _ string, port int32, stream io.ReadWriteCloser) error {
	address, err := f.address(pod, port)
	if err != nil {
		return err
	}
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	done := make(chan struct{}, 2)
	go func() {
		_, _ = io.Copy(connection, stream)
		_ = connection.(*net.TCPConn).CloseWrite()
		done <- struct{}{}
	}()
	go func() {
		_, _ = io.Copy(stream, connection)
		done <- struct{}{}
		done <- struct{}{}
	}()
	// The pod's side decides: when it ends, what its client still wants to say has nowhere to go.
	<-done
	<-done
	return nil
}

func (f forwarder) address(pod string, port int32) (string, error) {
	text, err := os.ReadFile(f.file)
	if err != nil {
		return "", err
	}
	var forwards map[string]string
	if err := json.Unmarshal(text, &forwards); err != nil {
		return "", err
	}
	for key, address := range forwards {
		prefix, found := strings.CutSuffix(key, fmt.Sprintf(":%d", port))
		if found && strings.HasPrefix(pod, prefix) {
			return address, nil
		}
	}
	return "", fmt.Errorf("error forwarding port %d to pod %s: connect: connection refused", port, pod)
}
