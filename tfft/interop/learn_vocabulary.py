"""Learns a WordPiece vocabulary: texts in, `Vocabulary` out, by the trainer of `tokenizers`.

Enters: any iterable of cleaned texts, read once; memory grows with the number of distinct words.
Leaves: the special tokens, the characters, then the pieces in the order in which they were merged.
The same texts give the same vocabulary, whatever the process or the number of threads. The trainer
alone does not: it numbers `##x` pieces as its hash map happens to lie, and breaks ties by number.
Here words are counted and characters are numbered first, so that nothing is left to the hash map.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from tfft.errors import DataError, Fault
from tfft.text.vocab import CONTINUATION, MAX_WORD_CHARACTERS, SPECIAL_TOKENS, UNK, Vocabulary

_WORDS_PER_LINE = 1000

_logger = logging.getLogger(__name__)


def learn_vocabulary(
    texts: Iterable[str],
    *,
    size: int,
    lowercase: bool = True,
    strip_accents: bool | None = None,
    tokenize_chinese_chars: bool = True,
    min_count: int = 2,
) -> Vocabulary:
    """Learns at most `size` tokens from `texts`.

    A character that occurs fewer than `min_count` times gets no token, and words that hold it
    are `[UNK]`. Where `size` has no room for all the others, the rarest of them are left out with a
    warning: with Chinese text that is the normal case.

    Args:
        texts: training texts, cleaned as the preprocessor will clean them.
        size: tokens at most, special tokens counted. Few texts give fewer.
        lowercase: as for the tokeniser that will use the vocabulary.
        strip_accents: as for the tokeniser; None follows `lowercase`.
        tokenize_chinese_chars: as for the tokeniser.
        min_count: occurrences that a character or a merged piece needs.

    Returns:
        `[PAD] [UNK] [CLS] [SEP] [MASK]`, characters in the order of their code points, the same
        with `##` before them, and merged pieces, most frequent first.

    Raises:
        DataError: the texts hold no word, no character occurs often enough, or `size` has no room
            for a single character beside the special tokens.

    Reference:
        Schuster and Nakajima 2012 for WordPiece; the trainer merges the most frequent pair, as
        byte-pair encoding does (Sennrich et al. 2016, arXiv:1508.07909).
    """
    words = _count_words(
        texts,
        normalizers.BertNormalizer(
            lowercase=lowercase,
            strip_accents=strip_accents,
            handle_chinese_chars=tokenize_chinese_chars,
        ),
    )
    alphabet = _alphabet(words, size=size, min_count=min_count)
    return Vocabulary(_train(words, alphabet, size=size, min_count=min_count))


def _count_words(texts: Iterable[str], normalizer: normalizers.BertNormalizer) -> Counter[str]:
    splitter = pre_tokenizers.BertPreTokenizer()
    words: Counter[str] = Counter()
    num_texts = 0
    for text in texts:
        num_texts += 1
        normalized = normalizer.normalize_str(text)
        words.update(word for word, _ in splitter.pre_tokenize_str(normalized))
    if not words:
        problem = f"{num_texts:,} texts, and no word in them"
        advice = "Check `data.train` and `data.columns`, or give a vocabulary file"
        raise DataError(
            "No vocabulary can be learned",
            [Fault("data.train", problem, "at least one word", advice=advice)],
        )
    return words


def _alphabet(words: Counter[str], *, size: int, min_count: int) -> list[str]:
    """Gives the most frequent characters that fit into `size`, then them with `##`."""
    counts: Counter[str] = Counter()
    continuing: set[str] = set()
    for word, count in words.items():
        for character in word:
            counts[character] += count
        continuing.update(word[1:])
    frequent = sorted(
        (character for character, count in counts.items() if count >= min_count),
        key=lambda character: (-counts[character], character),
    )
    kept, room = [], size - len(SPECIAL_TOKENS)
    for character in frequent:
        room -= 1 + (character in continuing)
        if room < 0:
            break
        kept.append(character)
    if not kept:
        raise DataError("No vocabulary can be learned", [_nothing_kept(frequent, size, min_count)])
    if len(kept) < len(frequent):
        _logger.warning(
            "a vocabulary of %d tokens holds %d of %d characters; the rarest are left out",
            size,
            len(kept),
            len(frequent),
        )
    kept.sort()
    return kept + [CONTINUATION + character for character in kept if character in continuing]


def _nothing_kept(frequent: list[str], size: int, min_count: int) -> Fault:
    if not frequent:
        return Fault("data.train", f"no character occurs {min_count} times", "more text")
    return Fault(
        "text.vocab_size",
        f"got {size}, which has no room for characters beside {len(SPECIAL_TOKENS)} special tokens",
        "some thousands",
    )


def _train(words: Counter[str], alphabet: list[str], *, size: int, min_count: int) -> list[str]:
    tokenizer = Tokenizer(models.WordPiece(vocab={}, unk_token=UNK))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=min_count,
        show_progress=False,
        # As special tokens the characters keep the ids they are given here.
        special_tokens=[*SPECIAL_TOKENS, *alphabet],
        limit_alphabet=len(alphabet),
        continuing_subword_prefix=CONTINUATION,
    )
    tokenizer.train_from_iterator(_lines(words, set(alphabet)), trainer)
    ids = tokenizer.get_vocab()
    return sorted(ids, key=lambda token: ids[token])


def _lines(words: Counter[str], alphabet: set[str]) -> Iterator[str]:
    """Writes each word as often as it occurred; words that will be `[UNK]` teach nothing."""
    for word, count in sorted(words.items()):
        if len(word) <= MAX_WORD_CHARACTERS and alphabet.issuperset(word):
            for first in range(0, count, _WORDS_PER_LINE):
                yield " ".join([word] * min(_WORDS_PER_LINE, count - first))
