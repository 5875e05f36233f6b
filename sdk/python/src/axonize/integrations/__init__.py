"""Libraries traced in one call, without a change of the program that uses them.

``axonize.instrument()`` does so for all that are installed, ``axonize.instrument("openai", "ollama")`` for some. What
each records is described in ``docs/sdk/integrations.md``. A model of your own is traced by
``axonize.integrations.torch.trace_module``, any ASGI application by ``axonize.integrations.fastapi.AxonizeMiddleware``.
"""

from axonize._instrument import instrument, uninstrument

__all__ = ["instrument", "uninstrument"]
