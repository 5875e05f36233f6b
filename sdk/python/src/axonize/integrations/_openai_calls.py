"""What the answers of OpenAI's APIs mean."""

from collections.abc import Callable
from typing import Any

from axonize._core import LLMSpan
from axonize.integrations._calls import Call
from axonize.integrations._messages import Pieces, items_of


class _OpenAI(Call):
    library = "openai"

    def __init__(self, span: LLMSpan, adopt: Callable[[Call, Any], bool]) -> None:
        super().__init__(span)
        self._adopt = adopt
        self._pieces = Pieces()
        self._usage: Any = None
        self._is_named = False

    def on_answer(self, answer: Any) -> Any:
        if self._adopt(self, answer):
            return answer
        parsed = answer
        if type(answer).__name__ == "LegacyAPIResponse" and not getattr(answer, "_stream", False):
            # Of with_raw_response; what parse() gives is kept for its user.
            parsed = answer.parse()
        if hasattr(parsed, "model_dump"):
            self.read(parsed)
        self.end()
        return answer

    def on_error(self, error: BaseException) -> None:
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            self.span.set_attribute("http.response.status_code", status)

    def on_end(self) -> None:
        self._pieces.set_on(self.span)
        usage = self._usage
        if usage is None:
            return
        # Chat and completions say prompt and completion, responses say input and output.
        inputs = getattr(usage, "prompt_tokens_details", None) or getattr(usage, "input_tokens_details", None)
        outputs = getattr(usage, "completion_tokens_details", None) or getattr(usage, "output_tokens_details", None)
        self.span.set_usage(
            input_tokens=_first(usage, "prompt_tokens", "input_tokens"),
            output_tokens=_first(usage, "completion_tokens", "output_tokens"),
            cached_tokens=_first(inputs, "cached_tokens"),
            cache_creation_tokens=_first(inputs, "cache_write_tokens") or None,
            reasoning_tokens=_first(outputs, "reasoning_tokens"),
        )

    def read(self, answer: Any) -> None:
        """Read a whole answer."""

    def name(self, answer: Any) -> None:
        """Note which model answered, once."""
        if self._is_named:
            return
        model, id = getattr(answer, "model", None), getattr(answer, "id", None)
        if not model and not id:
            return
        self._is_named = True
        self.span.set_response(model=model or None, id=id or None)
        for key in ("service_tier", "system_fingerprint"):
            value = getattr(answer, key, None)
            if isinstance(value, str):
                self.span.set_attribute(f"openai.response.{key}", value)

    def finished(self, choice: Any) -> None:
        """Note why a choice ended, if it did."""
        reason = choice.finish_reason
        if reason:
            self._pieces.finish_reasons[choice.index] = reason
            self.is_complete = True


class Chat(_OpenAI):
    """``chat.completions``."""

    def read(self, answer: Any) -> None:
        self.name(answer)
        self._usage = answer.usage
        for choice in answer.choices:
            self._of(choice, choice.message)

    def on_item(self, item: Any) -> None:
        self.name(item)
        self._usage = getattr(item, "usage", None) or self._usage
        is_output = False
        for choice in items_of(item.choices):
            is_output = self._of(choice, choice.delta) or is_output
        if is_output:
            self.span.record_token()

    def _of(self, choice: Any, message: Any) -> bool:
        self.finished(choice)
        # "reasoning" and "reasoning_content" are what other servers call it; the API has no name.
        thoughts = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
        tools = items_of(message.tool_calls)
        self._pieces.add(message.content or getattr(message, "refusal", None), choice.index)
        for place, tool in enumerate(tools):
            function = getattr(tool, "function", None)
            self._pieces.add_call(
                getattr(tool, "index", place),
                tool.id,
                getattr(function, "name", None),
                getattr(function, "arguments", None),
                choice.index,
            )
        return bool(message.content or thoughts or tools or getattr(message, "refusal", None))


class Completion(_OpenAI):
    """``completions``, the API of before chat."""

    def read(self, answer: Any) -> None:
        self.name(answer)
        self._usage = answer.usage or self._usage
        for choice in items_of(answer.choices):
            self.finished(choice)
            self._pieces.add(choice.text, choice.index)

    def on_item(self, item: Any) -> None:
        self.read(item)
        if any(choice.text for choice in items_of(item.choices)):
            self.span.record_token()


class Response(_OpenAI):
    """``responses``."""

    def read(self, answer: Any) -> None:
        self.name(answer)
        self._usage = answer.usage or self._usage
        details = getattr(answer, "incomplete_details", None)
        status = getattr(details, "reason", None) or answer.status
        if status:
            self._pieces.finish_reasons[0] = status
        error = getattr(answer, "error", None)
        if error is not None:
            self.span.set_attribute("error.type", str(error.code))
            self.span.set_status("error", str(error.message))
        for index, item in enumerate(items_of(answer.output)):
            if item.type == "function_call":
                self._pieces.add_call(index, item.call_id, item.name, item.arguments)
            for part in items_of(getattr(item, "content", None)):
                if item.type == "message":
                    self._pieces.add(getattr(part, "text", None) or getattr(part, "refusal", None))

    def on_item(self, item: Any) -> None:
        kind = item.type
        if kind == "response.created":
            self.name(item.response)
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self.is_complete = True
            # It holds the whole answer again.
            self.read(item.response)
        elif kind == "error":
            self.span.set_attribute("error.type", str(item.code or "error"))
            self.span.set_status("error", str(item.message))
        elif kind.endswith(".delta"):
            self.span.record_token()


class Embedding(_OpenAI):
    """``embeddings``."""

    def read(self, answer: Any) -> None:
        self.name(answer)
        self._usage = answer.usage
        vectors = items_of(answer.data)
        # With encoding_format="base64" it is a text.
        first = items_of(vectors[0].embedding) if vectors else ()
        if first:
            self.span.set_attribute("gen_ai.embeddings.dimension.count", len(first))


def _first(holder: Any, *names: str) -> int | None:
    for name in names:
        value = getattr(holder, name, None)
        if isinstance(value, int):
            return value
    return None
