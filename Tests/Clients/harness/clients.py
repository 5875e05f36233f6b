"""The client libraries that are tested: how to install and run each, and what it tells of a call."""

from dataclasses import dataclass, field

from . import expected

OPENAI_CASES = [
    "chat",
    "stream",
    "tools",
    "embeddings",
    "responses",
    "responses-stream",
    "429",
    "500",
    "embeddings-500",
    "retry",
    "async",
    "async-stream",
]
FRAMEWORK_CASES = ["chat", "stream", "tools", "429", "500"]
# Fields that a library tells of a failed call too.
ALWAYS = {"provider", "operation", "session_id", "user_id"}
OPENAI_ERRORS = {"429": "openai.RateLimitError", "500": "openai.InternalServerError"}


@dataclass(frozen=True)
class Client:
    """One library and one program that uses it.

    `tells` has fields that are alike in every case, beside the truth; None is a field that the library never fills.
    `in_case` has what a single case tells otherwise; of the case `tools` a list, one for each of its calls.
    """

    title: str
    program: str
    # The environment it is installed in: requirements/GROUP.txt.
    group: str
    # The instrumentation scope of the spans that are compared.
    scope: str
    # The distributions whose versions the documentation names.
    packages: tuple[str, ...]
    cases: tuple[str, ...] = tuple(OPENAI_CASES)
    tells: dict = field(default_factory=dict)
    in_case: dict = field(default_factory=dict)
    # By the status that the provider refused with.
    errors: dict = field(default_factory=lambda: dict(OPENAI_ERRORS))
    # Spans of one call beyond the first, by case; the last one is compared.
    extra_spans: dict = field(default_factory=dict)
    # A command of the environment that runs the program.
    launcher: str | None = None
    # A part of the names of spans that look like calls and are none.
    skipped: str | None = None
    # Environment variables beside those every program gets.
    variables: dict = field(default_factory=dict)
    # What is known to be wrong still: the name of a test, and why it fails.
    gaps: dict = field(default_factory=dict)
    # What a reader of docs/integrations.md should know.
    notes: str = ""
    # The path that its spans are posted to.
    path: str = "/v1/traces"

    def expected(self, case: str) -> list[dict]:
        """The calls of a case as the API must tell them."""
        calls = []
        for index, call in enumerate(expected.truth(case)):
            own = self.in_case.get(case, {})
            if isinstance(own, list):
                own = own[index]
            error = next((name for status, name in self.errors.items() if case.endswith(status)), None)
            whole = {**dict.fromkeys(expected.FIELDS), **call, "error_type": error}
            for name, value in self.tells.items():
                if value is None or name in ALWAYS or whole[name] is not None:
                    whole[name] = value
            calls.append({**whole, **own})
        return calls
