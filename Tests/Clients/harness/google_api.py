"""Google's API for Gemini: generateContent, streamGenerateContent and batchEmbedContents."""

import json
import re

from . import canned
from .canned import CHUNK_SECONDS, DATED, FIRST_CHUNK_SECONDS

PATH = re.compile(r"/v1(?:beta|alpha)?/models/([^:/]+):(\w+)$")


def model(path: str, request: dict) -> str | None:
    found = PATH.search(path)
    return found.group(1) if found else None


def error(status: int) -> dict:
    word = {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL"}[status]
    return {"error": {"code": status, "message": f"made to fail with {status}", "status": word}}


def usage_json(usage: canned.Usage) -> dict:
    """Google counts thoughts beside the candidates."""
    return {
        "promptTokenCount": usage.input,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "thoughtsTokenCount": usage.reasoning,
        "cachedContentTokenCount": usage.cached,
        "totalTokenCount": usage.input + usage.output,
    }


def respond(path: str, model: str, request: dict):
    method = PATH.search(path).group(2)
    if method == "batchEmbedContents":
        return {"embeddings": [{"values": [0.25, -0.5, 1.0]} for _ in request["requests"]]}
    if method == "embedContent":
        return {"embedding": {"values": [0.25, -0.5, 1.0]}}
    has_result = any("functionResponse" in part for item in request["contents"] for part in item.get("parts", []))
    declared = [function for tool in request.get("tools") or [] for function in tool.get("functionDeclarations", [])]
    wants_tool = bool(declared) and not has_result
    stream = method == "streamGenerateContent"
    usage = canned.usage(model, stream=stream, wants_tool=wants_tool, has_tool_result=has_result)
    if wants_tool:
        parts = [{"functionCall": {"name": declared[0]["name"], "args": canned.TOOL_ARGUMENTS}}]
    else:
        parts = [{"text": canned.TEXT}]

    def answer(parts: list, finish: str | None, usage_part: dict | None) -> dict:
        candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        whole = {"candidates": [candidate], "modelVersion": model + DATED, "responseId": "resp_1"}
        return {**whole, "usageMetadata": usage_part} if usage_part else whole

    if not stream:
        return answer(parts, "STOP", usage_json(usage))

    def chunks():
        yield FIRST_CHUNK_SECONDS
        for word in canned.TEXT.split():
            yield CHUNK_SECONDS
            yield f"data: {json.dumps(answer([{'text': word + ' '}], None, None))}\r\n\r\n"
        yield f"data: {json.dumps(answer([{'text': ''}], 'STOP', usage_json(usage)))}\r\n\r\n"

    return "text/event-stream", chunks()
