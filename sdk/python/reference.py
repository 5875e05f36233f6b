"""Writes the API reference of the package from its docstrings.

Usage: python reference.py [--check]
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from pathlib import Path
from types import ModuleType

# The native core may not be built where the sources are.
os.environ["AXONIZE_CORE"] = "pure"
sys.path.insert(0, str(Path(__file__).parent / "src"))

import axonize
import axonize.integrations.fastapi
import axonize.integrations.torch
import axonize.testing

TARGET = Path(__file__).resolve().parents[2] / "docs/sdk/python-reference.md"
STUB = Path(__file__).parent / "src/axonize/_core.pyi"

# Both cores have the same types, which the stub describes.
OF_STUB = {"Span": "Span", "LLMSpan": "LLMSpan", "span": "span"}
SECTIONS = {
    "Starting and ending": ["init", "flush", "shutdown", "is_started", "stats", "Statistics", "resource", "core_name"],
    "Spans": ["span", "trace", "current_span", "tracer", "Tracer", "Span", "SpanContext"],
    "AI": [
        "llm_span", "LLMSpan", "embedding_span", "tool_span", "agent_span", "retrieval_span", "captures_content",
    ],
    "Libraries": ["instrument", "uninstrument"],
    "Other threads and processes": [
        "propagate", "ThreadPoolExecutor", "PropagatingExecutor", "inject", "extract", "attach", "baggage",
        "get_baggage",
    ],
}  # fmt: skip

INTEGRATIONS = [
    (axonize.integrations.fastapi, ["AxonizeMiddleware"]),
    (axonize.integrations.torch, ["trace_module", "TracedModule"]),
]


def prose(text: str) -> str:
    """A docstring as Markdown: code in single backticks, sections as lists."""
    lines: list[str] = []
    in_list = False
    for line in inspect.cleandoc(text).splitlines():
        title = re.fullmatch(r"(Args|Returns|Raises|Attributes):", line)
        if title:
            in_list = title.group(1) != "Returns"
            lines += ["", f"*{title.group(1)}*", ""]
        elif in_list and (entry := re.match(r"    (\w+): (.*)", line)):
            lines.append(f"- `{entry.group(1)}`: {entry.group(2)}")
        elif in_list and line.startswith("        "):
            lines[-1] += " " + line.strip()
        elif line.startswith("    ") and not in_list:
            lines.append(line if "::" in "".join(lines[-3:]) else line.strip())
        else:
            in_list = in_list and not line.strip()
            lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).replace("``", "`")).strip()


def heading(name: str, signature: str) -> list[str]:
    """A title and, where there is one, the signature as code."""
    return [f"### `{name}`", ""] + (["```python", signature, "```", ""] if signature else [])


def of_stub(tree: ast.Module, name: str) -> list[str]:
    """The documentation of a class or function of the stub."""
    node = next(item for item in tree.body if getattr(item, "name", None) == name)
    if isinstance(node, ast.FunctionDef):
        return heading(name, signature_of(node)) + [prose(ast.get_docstring(node) or ""), ""]
    assert isinstance(node, ast.ClassDef)
    base = next((item.id for item in node.bases if isinstance(item, ast.Name)), None)
    out = heading(name, f"class {name}({base})" if base else f"class {name}")
    # The first paragraph is for users, the rest for those who write a core.
    out += [prose((ast.get_docstring(node) or "").split("\n\n")[0]), ""]
    properties: list[str] = []
    for item in node.body:
        if not isinstance(item, ast.FunctionDef):
            continue
        if any(isinstance(decorator, ast.Name) and decorator.id == "property" for decorator in item.decorator_list):
            properties.append(f"`{item.name}: {ast.unparse(item.returns) if item.returns else 'Any'}`")
            continue
        text = ast.get_docstring(item)
        if base and text is None:
            continue
        out += ["```python", signature_of(item), "```", ""]
        out += [prose(text), ""] if text else []
    if properties:
        out += ["Properties: " + ", ".join(properties) + ".", ""]
    return out


def signature_of(node: ast.FunctionDef) -> str:
    """The signature of a function of the stub, on one line or one for each argument."""
    arguments = ast.unparse(node.args)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{node.name}({arguments}){returns}"
    if len(line) <= 100:
        return line
    parts = ",\n".join(f"    {part}" for part in re.split(r", (?![^\[]*\])", arguments))
    return f"{node.name}(\n{parts},\n){returns}"


def signature(function: object) -> str:
    """The signature of a function, without what only tells modules."""
    name = getattr(function, "__name__", "")
    try:
        found = inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    parts = [str(parameter) for parameter in found.parameters.values()]
    star = next((i for i, p in enumerate(found.parameters.values()) if p.kind is p.KEYWORD_ONLY), None)
    has_star = any(p.kind is p.VAR_POSITIONAL for p in found.parameters.values())
    if star is not None and not has_star:
        parts.insert(star, "*")
    returns = found.return_annotation
    after = (
        "" if returns is inspect.Signature.empty else f" -> {returns if isinstance(returns, str) else tidy(returns)}"
    )
    line = f"{name}({', '.join(parts)}){after}"
    if len(line) > 100:
        line = f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){after}"
    return re.sub(r"(axonize|collections|typing|concurrent)(\.\w+)*\.(?=\w)", "", line)


def tidy(annotation: object) -> str:
    """An annotation as it is written."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return str(annotation)


def of_object(name: str, thing: object) -> list[str]:
    """The documentation of a function or class."""
    if isinstance(thing, str):
        return heading(name, "") + ['"native" or "pure": the core in use.', ""]
    if not inspect.isclass(thing):
        return heading(name, signature(thing)) + [prose(inspect.getdoc(thing) or ""), ""]
    out = heading(name, f"class {name}") + [prose(thing.__doc__ or ""), ""]
    for member, value in vars(thing).items():
        if member.startswith("_"):
            continue
        if isinstance(value, property):
            out += [f"- `{member}`: {(value.__doc__ or '').strip()}", ""]
        elif inspect.isfunction(value):
            out += ["```python", signature(value), "```", "", prose(value.__doc__ or ""), ""]
    return out


def document() -> str:
    """The whole reference."""
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    out = ["# Python SDK: reference", "", "<!-- Made by sdk/python/reference.py from docstrings; do not edit. -->", ""]
    out += ["The guide is [python.md](python.md).", ""]
    listed = {name for names in SECTIONS.values() for name in names}
    missing = set(axonize.__all__) - listed - {"__version__"}
    assert not missing, f"not in a section: {sorted(missing)}"
    for title, names in SECTIONS.items():
        out += [f"## {title}", ""]
        for name in names:
            out += of_stub(tree, OF_STUB[name]) if name in OF_STUB else of_object(name, getattr(axonize, name))
    out += ["## axonize.integrations", "", "What they record is described in [integrations.md](integrations.md).", ""]
    for module, names in INTEGRATIONS:
        for name in names:
            out += of_object(f"{module.__name__.removeprefix('axonize.')}.{name}", getattr(module, name))
    out += ["## axonize.testing", ""] + of_module(axonize.testing)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"


def of_module(module: ModuleType) -> list[str]:
    """The names of a module."""
    out = [prose(module.__doc__ or ""), ""]
    for name in sorted(module.__all__):
        out += of_object(f"{module.__name__.removeprefix('axonize.')}.{name}", getattr(module, name))
    return out


def main() -> int:
    """Write the file, or say whether it is as it should be."""
    text = document()
    if "--check" in sys.argv[1:]:
        if TARGET.read_text(encoding="utf-8") == text:
            return 0
        print(f"{TARGET}: not up to date; run sdk/python/reference.py", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
