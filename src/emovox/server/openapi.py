"""`GET /openapi.json`: what there is to call, with examples of real answers."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from .. import __version__
from ..errors import CODES
from ..models.strict_json import parse
from .problems import SERVER_CODES, Problem
from .settings import Limits, Settings

NOTICE = (
    "What this is: a measure of how a voice sounds to a model of acted speech. What it is not: "
    "knowledge of what a person feels, or any ground for judging somebody. In the European Union, "
    "inferring emotions of people at work and in education is prohibited, except for medical or "
    "safety reasons (AI Act, article 5); where emotion recognition is allowed, the people who are "
    "exposed to it must be told (article 50)."
)

JSON = "application/json"
LINES = "application/x-ndjson"
PROBLEM = "application/problem+json"

_MODEL = {
    "name": "default",
    "sha256": "471841a666afd5ab31662ec8ad13401fb077744dd5e49d7a188e2515e1571da5",
}
EXAMPLE: dict[str, Any] = {
    "path": "synthetic-neutral.flac", "ok": True, "start": 0.0, "end": 2.051, "emotion": "neutral",
    "scores": {
        "neutral": 0.7975, "disgust": 0.1373, "fear": 0.0588, "anger": 0.0041, "sadness": 0.002,
        "happiness": 0.0003,
    },
    "warnings": [{"code": "out-of-domain"}], "model": _MODEL,
}  # fmt: skip
"""What the server answers about the demo clip of this name."""

FAILED: dict[str, Any] = {
    "path": "notes.txt", "ok": False,
    "error": {"code": "not-audio", "message": "is not a recording: it begins like text"},
}  # fmt: skip
_LABELS = ["anger", "disgust", "fear", "happiness", "neutral", "sadness"]


def document(settings: Settings) -> dict[str, Any]:
    """Description of a server in OpenAPI 3.1.

    Parameters
    ----------
    settings : Settings
    """
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "emovox",
            "version": __version__,
            "summary": "Speech emotion recognition.",
            "description": NOTICE,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/v1/predict": {"post": _predict(settings.limits)},
            "/v1/models": {"get": _get("The models that may be named", "Models", _MODELS)},
            "/v1/emotions": {
                "get": {
                    **_get("What a model tells apart", "Emotions", _EMOTIONS, (404,)),
                    "parameters": [_MODEL_PARAMETER],
                }
            },
            "/v1/stream": {"get": _stream()},
            "/health": {
                "get": {**_get("How the server is", "Health", _HEALTH, ()), "security": []}
            },
            "/metrics": {"get": _metrics()},
            "/openapi.json": {"get": _get("This description", None, None, ())},
        },
        "components": {"schemas": _schemas(), "responses": _problems()},
    }
    if settings.token:
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
    return described


async def openapi(request: Request) -> Response:
    """GET /openapi.json."""
    return JSONResponse(document(request.app.state.settings))


def routes() -> list[BaseRoute]:
    """Address of the description."""
    return [Route("/openapi.json", openapi, methods=["GET"])]


@lru_cache(maxsize=1)
def result_schema() -> dict[str, Any]:
    """Return the published schema of one result, as docs/result-schema.json holds it."""
    file = resources.files(__package__) / "result-schema.json"
    return parse(file.read_bytes(), name="result-schema.json")


_MODEL_PARAMETER: dict[str, Any] = {
    "name": "model",
    "in": "query",
    "description": "A name that /v1/models lists; never a path. Without it, the server's own.",
    "schema": {"type": "string"},
}
_MODELS = {
    "default": "default",
    "models": [
        {
            "name": "default", "ok": True, "task": "classification", "labels": _LABELS,
            "features": "paralinguistic-narrow", "sha256": _MODEL["sha256"],
        }
    ],
}  # fmt: skip
_EMOTIONS = {"model": "default", "task": "classification", "labels": _LABELS}
_HEALTH = {
    "status": "ok", "version": __version__, "workers": {"of": 2, "ready": 2, "busy": 0}, "queue": 0,
}  # fmt: skip


def _predict(limits: Limits) -> dict[str, Any]:
    """Describe POST /v1/predict."""
    lines = {"schema": {"type": "string"}, "example": _lines(EXAMPLE, FAILED)}
    raw = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": "predict",
        "summary": "Recognise the emotions of recordings",
        "description": (
            "One recording gives one JSON object, several give JSON lines in their order, each "
            "the object that `emovox predict --json` prints. A recording that cannot be used is a "
            "line with its error; where it is the only one, the answer is a problem with its code "
            f"(422). A body has at most {limits.body_bytes} bytes, a recording lasts at most "
            f"{limits.duration_s:g} s. Uploads are removed once they are answered, and nothing of "
            f"them is logged. {NOTICE}"
        ),
        "parameters": [
            _MODEL_PARAMETER,
            {
                "name": "segments",
                "in": "query",
                "description": "JSON lines, one a stretch of speech. Needs no value.",
                "allowEmptyValue": True,
                "schema": {"type": "string", "enum": ["", "1", "0", "true", "false", "yes", "no"]},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "additionalProperties": False,
                        "properties": {
                            "file": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": limits.parts,
                                "items": {"type": "string", "format": "binary"},
                            }
                        },
                    }
                },
                "audio/*": raw,
                "application/octet-stream": raw,
            },
        },
        "responses": {
            "200": {
                "description": "Results.",
                "headers": _HEADERS,
                "content": {
                    JSON: {"schema": _reference("Result"), "example": EXAMPLE},
                    LINES: lines,
                },
            },
            **_failures(400, 401, 403, 404, 408, 413, 415, 421, 422, 500, 503),
        },
    }


def _get(
    summary: str, schema: str | None, example: Any, failures: tuple[int, ...] = (500, 503)
) -> dict[str, Any]:
    """Describe an address that is only read."""
    content: dict[str, Any] = {"schema": _reference(schema) if schema else {"type": "object"}}
    if example is not None:
        content["example"] = example
    found = {"description": f"{summary}.", "headers": _HEADERS, "content": {JSON: content}}
    return {"summary": summary, "responses": {"200": found, **_failures(421, *failures)}}


def _metrics() -> dict[str, Any]:
    text = {"text/plain": {"schema": {"type": "string"}, "example": "emovox_queue_length 0\n"}}
    answer = {"description": "Counters as Prometheus reads them.", "content": text}
    return {"summary": "What the server counts", "responses": {"200": answer, **_failures(401)}}


def _stream() -> dict[str, Any]:
    """Describe the WebSocket, for which OpenAPI has only its handshake."""
    return {
        "operationId": "stream",
        "summary": "Recognition while somebody speaks (WebSocket)",
        "description": (
            'The client says `{"sample_rate": n}` in a text frame, then sends 16-bit little-endian '
            "mono samples in binary frames; it hears a score about the newest seconds each 0.25 s. "
            f"docs/streaming.md has the whole protocol. {NOTICE}"
        ),
        "parameters": [_MODEL_PARAMETER],
        "responses": {
            "101": {"description": "The connection is a WebSocket from here on."},
            **_failures(400, 401, 403, 404, 421, 503),
        },
    }


def _schemas() -> dict[str, Any]:
    """Shapes of the answers."""
    result = {key: value for key, value in result_schema().items() if key != "$schema"}
    text, number = {"type": "string"}, {"type": "integer", "minimum": 0}
    texts = {"type": "array", "items": text}
    codes = sorted({*SERVER_CODES, *CODES})
    return {
        "Result": result,
        "Problem": _object(
            type=text,
            title=text,
            status=number,
            detail=text,
            code={"type": "string", "enum": codes},
        ),
        "Models": _object(
            default=text,
            models={
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "ok"],
                    "properties": {
                        "name": text, "ok": {"type": "boolean"}, "task": text, "labels": texts,
                        "features": text, "sha256": text,
                        "error": {"type": "object", "properties": {"code": text}},
                    },
                },
            },
        ),
        "Emotions": _object(model=text, task=text, labels=texts),
        "Health": _object(
            status={"type": "string", "enum": ["starting", "ok"]},
            version=text,
            workers=_object(of=number, ready=number, busy=number),
            queue=number,
        ),
    }  # fmt: skip


_HEADERS = {
    "X-Request-ID": {
        "description": "Of this request in the server's log.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    }
}

_FAILURES: dict[int, tuple[str, str]] = {
    400: ("bad-request", "the form is cut: its closing boundary did not come"),
    401: ("token-needed", "this server asks for its token; see docs/service.md"),
    403: ("wrong-origin", "pages of another site may not ask this server"),
    404: ("model-missing", "there is no model 'other'; known: default"),
    408: ("too-slow", "the body paused for 15 s or took over 120 s"),
    413: ("too-large", "the body has more than 52428800 bytes, the limit of this server"),
    415: ("wrong-type", "bodies with a Content-Encoding are not taken"),
    421: ("wrong-host", "this server does not go by that name"),
    422: ("not-audio", "notes.txt: is not a recording: it begins like text"),
    500: ("internal", "a fault of the server; its log says where"),
    503: ("busy", "16 requests wait already; try again in 1 s"),
}
"""Status -> a code that it comes with, and a sentence."""


def _problems() -> dict[str, Any]:
    """Every problem, as a response that paths refer to."""
    found: dict[str, Any] = {}
    for status, (code, sentence) in _FAILURES.items():
        example = Problem(status, code, sentence).as_json()
        headers: dict[str, Any] = dict(_HEADERS)
        if status == 503:
            headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds."}
        content = {PROBLEM: {"schema": _reference("Problem"), "example": example}}
        found[f"Problem{status}"] = {
            "description": f"`{code}`, for example: {sentence}.",
            "headers": headers,
            "content": content,
        }
    return found


def _failures(*statuses: int) -> dict[str, Any]:
    return {
        str(status): {"$ref": f"#/components/responses/Problem{status}"}
        for status in sorted(set(statuses))
    }


def _reference(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _lines(*objects: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in objects)
