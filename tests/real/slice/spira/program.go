package spira

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/nats-io/nats.go"
)

// Variable of the environment; a program without it ends.
func Variable(name string) string {
	value, ok := os.LookupEnv(name)
	if !ok {
		log.Fatalf("the variable %s is missing", name)
	}
	return value
}

// Connect to NATS, for as long as the program lives, whatever becomes of the servers.
func Connect() *nats.Conn {
	connection, err := nats.Connect(Variable("nats_conn_url"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true))
	if err != nil {
		log.Fatal(err)
	}
	return connection
}

// Handle messages of a channel, each at one of those that call it so.
func Handle(connection *nats.Conn, channel string, handle func(id string)) {
	_, err := connection.QueueSubscribe(channel, channel, func(message *nats.Msg) { handle(string(message.Data)) })
	if err != nil {
		log.Fatal(err)
	}
}

// Answer as JSON.
func Answer(writer http.ResponseWriter, status int, value any) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_ = json.NewEncoder(writer).Encode(value)
}

// Run is a program as the images have it: `python3 init.py` once, then `python3 main.py`, which takes no notice of SIGTERM.
func Run(prepare func() error, serve func()) {
	if len(os.Args) == 2 && os.Args[1] == "init.py" {
		if err := prepare(); err != nil {
			log.Fatal(err)
		}
		return
	}
	if len(os.Args) != 2 || os.Args[1] != "main.py" {
		log.Fatalf("not a program of this image: %v", os.Args[1:])
	}
	signal.Ignore(syscall.SIGTERM)
	serve()
}
