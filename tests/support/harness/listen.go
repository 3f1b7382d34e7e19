package harness

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httputil"
	"os/exec"
)

// Connection is under which key the context of a request has its net.Conn.
type Connection struct{}

var quiet = log.New(io.Discard, "", 0)

// Listen serves on a free port of loopback until the listener is closed; over TLS and HTTP/2 with a certificate.
func Listen(handler http.Handler, certificate *tls.Certificate) (*http.Server, string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{Handler: handler, ConnContext: rememberConnection, ErrorLog: quiet}
	if certificate == nil {
		go server.Serve(listener)
		return server, "http://" + listener.Addr().String(), nil
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	go server.ServeTLS(listener, "", "")
	return server, "https://" + listener.Addr().String(), nil
}

func rememberConnection(ctx context.Context, connection net.Conn) context.Context {
	return context.WithValue(ctx, Connection{}, connection)
}

// Forward passes requests on to the API server as its administrator, streams included.
func (c *Cluster) Forward() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(c.URL)
			r.Out.Header.Del("Authorization")
		},
		Transport:     c.Client.Transport,
		FlushInterval: -1,
		ErrorLog:      quiet,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}

// ServeGit serves the repositories below a folder over Git's smart HTTP.
func ServeGit(folder string) http.Handler {
	git, err := exec.LookPath("git")
	if err != nil {
		panic(err)
	}
	return &cgi.Handler{
		Path: git,
		Args: []string{"http-backend"},
		Env: []string{"GIT_PROJECT_ROOT=" + folder, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
		Logger: quiet,
	}
}
