// Package spira is what the stubs of the SPIRA servers share.
package spira

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Store keeps values by key: etcd, asked by its JSON gateway. It plays the database, under that one's variables.
type Store struct {
	url    string
	client http.Client
}

// OpenStore takes the address from M_CONN_URL. Nothing is asked before the first call.
func OpenStore() *Store {
	return &Store{url: Variable("M_CONN_URL"), client: http.Client{Timeout: 5 * time.Second}}
}

// Collection is the prefix of its keys; the variable names the collection.
func Collection(variable string) string {
	return Variable("DATABASE_NAME") + "/" + Variable(variable) + "/"
}

type pair struct {
	Key   []byte `json:"key"`
	Value []byte `json:"value"`
}

// Put returns once a majority of the store's servers has the value on disk.
func (s *Store) Put(key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return s.call("/v3/kv/put", pair{[]byte(key), text}, nil)
}

// Get fills value; false when there is none.
func (s *Store) Get(key string, value any) (bool, error) {
	found, err := s.read(map[string][]byte{"key": []byte(key)})
	if err != nil || len(found) == 0 {
		return false, err
	}
	return true, json.Unmarshal(found[0].Value, value)
}

// List calls with the rest of the key and the value of each that begins with the prefix, in their order.
func (s *Store) List(prefix string, visit func(rest string, value []byte)) error {
	end := []byte(prefix)
	end[len(end)-1]++
	found, err := s.read(map[string][]byte{"key": []byte(prefix), "range_end": end})
	for _, each := range found {
		visit(strings.TrimPrefix(string(each.Key), prefix), each.Value)
	}
	return err
}

func (s *Store) read(question map[string][]byte) ([]pair, error) {
	var answer struct {
		Kvs []pair `json:"kvs"`
	}
	err := s.call("/v3/kv/range", question, &answer)
	return answer.Kvs, err
}

func (s *Store) call(path string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	response, err := s.client.Post(s.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the store answers %s", response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
