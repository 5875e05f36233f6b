"""A traced FastAPI application: `uvicorn fastapi_app:app`, or `python fastapi_app.py` to send it one request."""

import axonize

axonize.init(service_name="fastapi-example")

from axonize.integrations.fastapi import AxonizeMiddleware  # noqa: E402
from fastapi import FastAPI  # noqa: E402

app = FastAPI()
# axonize.instrument("fastapi") does this for every application of the process.
app.add_middleware(AxonizeMiddleware, exclude=["/health"])


@app.get("/answers/{question}")
def answer(question: str) -> dict[str, str]:
    with axonize.span("look it up"):
        return {"answer": f"{question}? Forty-two, probably."}


@app.get("/health")
def health() -> str:
    return "ready"


if __name__ == "__main__":
    from fastapi.testclient import TestClient

    with TestClient(app) as client:
        print(client.get("/answers/everything").json())
