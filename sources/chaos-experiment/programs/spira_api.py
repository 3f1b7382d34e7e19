"""The part of the SPIRA API that the experiment uses. Each call is one HTTP request on a connection of its own."""

import io
import json
import uuid
import urllib.error
import urllib.parse
import urllib.request
import wave


class Refused(Exception):
    """The API answered with an error, or with something that is no answer. `status` is 0 when it did not answer at all."""

    def __init__(self, message, status=0):
        super().__init__(message)
        self.status = status


class Api:
    def __init__(self, base_url, user, password, timeout=30.0):
        self._base_url = base_url.rstrip("/")
        self._credentials = {"username": user, "password": password}
        self._timeout = timeout

    def log_in(self):
        """(id of the user, token)"""
        body = urllib.parse.urlencode(self._credentials).encode()
        answer = self._call("/v1/users/auth", body=body, content_type="application/x-www-form-urlencoded")
        return field(answer, "id"), field(answer, "access_token")

    def first_model(self, token):
        models = field(self._call("/v1/models/", token=token), "models")
        if not models:
            raise Refused("the API knows no model")
        return field(models[0], "id")

    def request_inference(self, user, model, token):
        """The id of the inference that the API has acknowledged."""
        body, content_type = inference_form(user, model)
        path = f"/v1/users/{urllib.parse.quote(user)}/inferences"
        return field(self._call(path, token=token, body=body, content_type=content_type), "inference_id")

    def statuses(self, user, token):
        """Status by id of all inferences of the user. One that is listed twice is completed if either is."""
        answer = self._call(f"/v1/users/{urllib.parse.quote(user)}/inferences", token=token)
        found = {}
        for inference in field(answer, "inferences"):
            key, status = field(inference, "id"), field(inference, "status")
            if found.get(key) != "completed":
                found[key] = status
        return found

    def _call(self, path, token=None, body=None, content_type=None):
        request = urllib.request.Request(self._base_url + path, data=body)
        if token:
            request.add_header("Authorization", f"bearer {token}")
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(f"{path}: {error.code}", error.code) from error
        except (OSError, ValueError) as error:  # No connection, cut off, late; or no JSON.
            raise Refused(f"{path}: {error}") from error
        except Exception as error:  # http.client's own errors are of several kinds.
            raise Refused(f"{path}: {type(error).__name__} {error}") from error


def field(value, name):
    if not isinstance(value, dict) or name not in value:
        raise Refused(f"an answer has no '{name}'")
    return value[name]


def inference_form(user, model):
    """A multipart form: what the API asks about a patient, and four recordings."""
    boundary = uuid.uuid4().hex
    form = io.BytesIO()
    for name, value in patient(user, model).items():
        form.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name in ("aceite", "sustentada", "parlenda", "frase"):
        form.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.wav"\r\n'
                   "Content-Type: audio/wav\r\n\r\n".encode() + RECORDING + b"\r\n")
    form.write(f"--{boundary}--\r\n".encode())
    return form.getvalue(), f"multipart/form-data; boundary={boundary}"


def patient(user, model):
    return {
        "user_id": user,
        "model_id": model,
        "status": "processing",
        "gender": "M",
        "age": 23,
        "rgh": "fake_rgh",
        "covid_status": "Sim",
        "mask_type": "None",
        "local": "hospital_1",
        "location": "h1",
        "cid": "fake_cid",
        "bpm": "fake_bpm",
        "created_in": "2022-07-18 17:07:16.954632",
        "respiratory_frequency": "123",
        "respiratory_insufficiency_status": "Sim",
        "last_positive_diagnose_date": "",
        "hospitalized": "TRUE",
        "hospitalization_start": "2022-07-18 17:07:16.954632",
        "hospitalization_end": "2022-07-18 17:07:16.954632",
        "spo2": "123",
    }


def silence(seconds=0.05, rate=16000):
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * int(seconds * rate)))
    return sound.getvalue()


RECORDING = silence()
