#pragma once

/// Does nothing; a call of it makes the linker take this target's object file, whose symbols the engine needs.
void axonize_keep_python_symbols(void);
