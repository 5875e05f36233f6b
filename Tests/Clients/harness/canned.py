"""What the stand-in of the providers responds, by the model that is asked: the right values of every test.

A test names its case by the model, so that a span is known by it: `axm-chat`, `axm-stream` and so on.
"""

from dataclasses import dataclass

# The stand-in answers with the dated name of the model, as providers do.
DATED = "-2024-08-06"

# Time until the first chunk of a stream, and between its chunks.
FIRST_CHUNK_SECONDS = 0.25
CHUNK_SECONDS = 0.01


@dataclass(frozen=True)
class Usage:
    """Tokens as OpenAI counts them: `input` and `output` include `cached` and `reasoning`."""

    input: int
    output: int
    cached: int = 0
    reasoning: int = 0
    # Written to the cache: Anthropic's only.
    cache_creation: int = 0

    @property
    def uncached(self) -> int:
        """The input as Anthropic counts it: without what was read from or written to the cache."""
        return self.input - self.cached - self.cache_creation


CHAT = Usage(1117, 243, cached=512, reasoning=71, cache_creation=129)
STREAM = Usage(2117, 343, cached=1024, reasoning=81, cache_creation=139)
TOOL_CALL = Usage(317, 43)
TOOL_ANSWER = Usage(417, 53)
EMBEDDINGS = Usage(31, 0)

TOOL = "get_weather"
TOOL_ARGUMENTS = {"city": "Paris"}
TEXT = "It is sunny in Paris."


def usage(model: str, *, stream: bool, wants_tool: bool, has_tool_result: bool) -> Usage:
    if wants_tool:
        return TOOL_CALL
    if has_tool_result:
        return TOOL_ANSWER
    return STREAM if stream else CHAT
