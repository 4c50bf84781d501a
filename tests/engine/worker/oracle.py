"""Score a text with llama.cpp alone, for comparison with duochat's scores.

`python tests/engine/worker/oracle.py MODEL WINDOW` reads the text from standard input and prints the sum of the counted
log-probabilities and their number, by the rule of llama-perplexity: windows of WINDOW tokens, each from an empty
memory and with the token that begins a text in its first place where the model wants one; counted is what comes after
a window's first half and one token.
`python tests/engine/worker/oracle.py MODEL 0 PROMPT` counts the text after PROMPT instead, both tokenized alone.
"""

import ctypes
import math
import sys

import llama_cpp.llama_cpp as lib
import numpy as np


def tokens_of(vocab: int, text: bytes, *, special: bool) -> list[int]:
    room = len(text) + 8
    array = (lib.llama_token * room)()
    return array[: lib.llama_tokenize(vocab, text, len(text), array, room, False, special)]


def log_probs(model: int, vocab: int, tokens: list[int], first: int) -> list[float]:
    """Return the log-probability of each token from `first` on, all read as one batch."""
    params = lib.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = max(64, len(tokens))
    params.n_outputs_max = 0
    params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
    context = lib.llama_init_from_model(model, params)
    batch = lib.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for place, token in enumerate(tokens):
        batch.token[place], batch.pos[place], batch.logits[place] = token, place, 1
        batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
    assert lib.llama_decode(context, batch) == 0
    size = lib.llama_vocab_n_tokens(vocab)
    found = []
    for place in range(first, len(tokens)):
        logits = np.ctypeslib.as_array(lib.llama_get_logits_ith(context, place - 1), (size,)).astype(np.float64)
        found.append(float(logits[tokens[place]] - np.logaddexp.reduce(logits)))
    lib.llama_batch_free(batch)
    lib.llama_free(context)
    return found


def main() -> None:
    path, window, *prompt = sys.argv[1:]
    silence = lib.llama_log_callback(lambda *_: None)
    lib.llama_log_set(silence, ctypes.c_void_p(0))
    params = lib.llama_model_default_params()
    params.use_extra_bufts = False  # what they compute depends on the machine
    model = lib.llama_model_load_from_file(path.encode(), params)
    vocab = lib.llama_model_get_vocab(model)
    begin = [lib.llama_vocab_bos(vocab)] if lib.llama_vocab_get_add_bos(vocab) else []
    text = tokens_of(vocab, sys.stdin.buffer.read(), special=False)
    size = int(window)
    found = []
    if prompt:
        before = begin + tokens_of(vocab, prompt[0].encode(), special=True)
        found += log_probs(model, vocab, before + text, len(before))
    else:
        tokens = begin + text
        for start in range(0, len(tokens) - size + 1, size):
            part = tokens[start : start + size]
            found += log_probs(model, vocab, (begin or part[:1]) + part[1:], size // 2 + 1)
    print(math.fsum(found), len(found))  # noqa: T201


main()
