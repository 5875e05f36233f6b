"""Every client library that is tested, in the order of docs/integrations.md."""

from .agents import AGENTS
from .frameworks import FRAMEWORKS
from .openai import OPENAI_CLIENTS
from .providers import OTHER_PROVIDERS

CLIENTS = OPENAI_CLIENTS + OTHER_PROVIDERS + FRAMEWORKS + AGENTS
