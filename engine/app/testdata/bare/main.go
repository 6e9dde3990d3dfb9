// Command bare is the least HTTP server there is: what a start-up is measured
// against. The listener is descriptor 3; it ends with its stdin.
package main

import (
	"io"
	"net"
	"net/http"
	"os"
)

func main() {
	ln, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		os.Exit(1)
	}
	go http.Serve(ln, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	io.Copy(io.Discard, os.Stdin)
}
