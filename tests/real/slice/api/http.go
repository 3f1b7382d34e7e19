package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gitops.spira.dev/tests/real/slice/spira"
)

type object = map[string]any

var recordings = []string{"aceite", "sustentada", "parlenda", "frase"}

func (s *server) routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		spira.Answer(w, http.StatusOK, object{"openapi": "3.0.2"})
	})
	routes.HandleFunc("POST /v1/users/auth", s.logIn)
	routes.HandleFunc("GET /v1/models/", s.forUsers(s.listModels))
	routes.HandleFunc("POST /v1/models", s.forUsers(s.addModel))
	routes.HandleFunc("POST /v1/users/{user}/inferences", s.forUsers(s.addInference))
	routes.HandleFunc("GET /v1/users/{user}/inferences", s.forUsers(s.listInferences))
	return routes
}

func refuse(w http.ResponseWriter, status int, detail string) {
	spira.Answer(w, status, object{"detail": detail})
}

// A token that each server of the same key takes: user, end of its life, signature.
func (s *server) sign(text string) string {
	code := hmac.New(sha256.New, []byte(s.signingKey))
	code.Write([]byte(text))
	return text + "." + hex.EncodeToString(code.Sum(nil))
}

func (s *server) isValid(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(token), []byte(s.sign(parts[0]+"."+parts[1]))) {
		return false
	}
	end, err := strconv.ParseInt(parts[1], 10, 64)
	return err == nil && time.Now().Unix() < end
}

func (s *server) logIn(w http.ResponseWriter, r *http.Request) {
	user, password := r.PostFormValue("username"), ""
	found, err := s.store.Get(s.users+user, &password)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
	} else if !found || password != r.PostFormValue("password") {
		refuse(w, http.StatusUnauthorized, "wrong user or password")
	} else {
		token := s.sign(user + "." + strconv.FormatInt(time.Now().Add(s.tokenLife).Unix(), 10))
		spira.Answer(w, http.StatusOK, object{"id": user, "access_token": token, "token_type": "bearer"})
	}
}

func (s *server) forUsers(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !s.isValid(token) {
			refuse(w, http.StatusUnauthorized, "not logged in")
			return
		}
		handle(w, r)
	}
}

// A model's name is its id; its value is the channel of the servers that have it.
func (s *server) addModel(w http.ResponseWriter, r *http.Request) {
	var model struct{ Name, Channel string }
	if err := json.NewDecoder(r.Body).Decode(&model); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
	} else if err := s.store.Put(s.models+model.Name, model.Channel); err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
	} else {
		spira.Answer(w, http.StatusOK, object{"id": model.Name})
	}
}

func (s *server) listModels(w http.ResponseWriter, _ *http.Request) {
	models := []object{}
	err := s.store.List(s.models, func(name string, _ []byte) { models = append(models, object{"id": name}) })
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	spira.Answer(w, http.StatusOK, object{"models": models})
}

// Acknowledged once it is stored.
func (s *server) addInference(w http.ResponseWriter, r *http.Request) {
	for _, name := range recordings {
		if _, _, err := r.FormFile(name); err != nil {
			refuse(w, http.StatusUnprocessableEntity, name+": "+err.Error())
			return
		}
	}
	wanted := inference{User: r.PathValue("user"), Status: "processing", Asked: time.Now()}
	found, err := s.store.Get(s.models+r.FormValue("model_id"), &wanted.Channel)
	if err == nil && !found {
		refuse(w, http.StatusNotFound, "no such model")
		return
	}
	id := rand.Text()
	if err == nil {
		err = s.store.Put(s.inferences+id, wanted)
	}
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	_ = s.nats.Publish(wanted.Channel, []byte(id))
	spira.Answer(w, http.StatusOK, object{"inference_id": id})
}

func (s *server) listInferences(w http.ResponseWriter, r *http.Request) {
	found := []object{}
	err := s.eachInference(func(id string, each inference) {
		if each.User == r.PathValue("user") {
			found = append(found, object{"id": id, "status": each.Status})
		}
	})
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	spira.Answer(w, http.StatusOK, object{"inferences": found})
}

func (s *server) eachInference(visit func(id string, each inference)) error {
	return s.store.List(s.inferences, func(id string, value []byte) {
		var each inference
		if json.Unmarshal(value, &each) == nil {
			visit(id, each)
		}
	})
}
