// A stub of the SPIRA Inference server: takes inferences from the channel of its model, and tells the results.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"gitops.spira.dev/tests/real/slice/spira"
)

// How long the model thinks.
const work = 50 * time.Millisecond

// Tells the API server of the model and its channel, as the user that it has for that.
func registerModel() error {
	var login struct {
		Token string `json:"access_token"`
	}
	form := url.Values{"username": {spira.Variable("SPIRA_API_USER")}, "password": {spira.Variable("SPIRA_API_PASSWORD")}}
	err := post("AUTH_ENDPOINT", "application/x-www-form-urlencoded", []byte(form.Encode()), "", &login)
	if err != nil {
		return err
	}
	name := spira.Variable("BOOTSTRAP_MODEL_NAME")
	model, err := json.Marshal(map[string]string{"name": name, "channel": name + "-topic"})
	if err != nil {
		return err
	}
	return post("MODEL_CREATION_ENDPOINT", "application/json", model, login.Token, &struct{}{})
}

// post to the address that the variable names.
func post(variable, kind string, body []byte, token string, answer any) error {
	request, err := http.NewRequest(http.MethodPost, spira.Variable(variable), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Authorization", "bearer "+token)
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", variable, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

func serve() {
	connection := spira.Connect()
	results := spira.Variable("central_channel")
	spira.Handle(connection, spira.Variable("receiving_channel"), func(id string) {
		time.Sleep(work)
		_ = connection.Publish(results, []byte(id))
	})
	select {}
}

func main() { spira.Run(registerModel, serve) }
