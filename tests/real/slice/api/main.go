// A stub of the SPIRA API server. What it acknowledges is in the store, and asked for again until it has a result: NATS
// without JetStream forgets what nobody takes.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
	"gitops.spira.dev/tests/real/slice/spira"
)

// How long an inference may take before it is asked for again.
const patience = 5 * time.Second

type inference struct {
	User, Channel, Status string
	Asked                 time.Time
}

type server struct {
	store                                 *spira.Store
	nats                                  *nats.Conn
	users, models, inferences, signingKey string
	tokenLife                             time.Duration
}

func newServer() *server {
	return &server{
		store: spira.OpenStore(), users: spira.Collection("user_collection_name"),
		models: spira.Collection("model_collection_name"), inferences: spira.Collection("inference_collection_name"),
		signingKey: spira.Variable("key"), tokenLife: minutes(spira.Variable("expire_time")),
	}
}

func minutes(text string) time.Duration {
	life, err := time.ParseDuration(text + "m")
	if err != nil {
		log.Fatalf("expire_time: %v", err)
	}
	return life
}

// The default user. The name of a user is its id.
func makeUser() error {
	name, password := spira.Variable("BOOTSTRAP_MONGO_USER"), spira.Variable("BOOTSTRAP_MONGO_PASSWORD")
	return spira.OpenStore().Put(spira.Collection("user_collection_name")+name, password)
}

func (s *server) complete(id string) {
	var done inference
	found, err := s.store.Get(s.inferences+id, &done)
	if err == nil && found {
		done.Status = "completed"
		err = s.store.Put(s.inferences+id, done)
	}
	if err != nil {
		log.Printf("result of %s: %v", id, err)
	}
}

func (s *server) askAgain() {
	for range time.Tick(patience) {
		err := s.eachInference(func(id string, each inference) {
			if each.Status != "completed" && time.Since(each.Asked) > patience {
				_ = s.nats.Publish(each.Channel, []byte(id))
			}
		})
		if err != nil {
			log.Printf("inferences without a result: %v", err)
		}
	}
}

func serve() {
	s := newServer()
	s.nats = spira.Connect()
	spira.Handle(s.nats, spira.Variable("central_channel"), s.complete)
	go s.askAgain()
	log.Fatal(http.ListenAndServe(":8000", s.routes()))
}

func main() { spira.Run(makeUser, serve) }
