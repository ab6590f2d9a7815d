"""Phoneme-level ALBERT (Lan et al. 2020; PL-BERT, Li et al. 2023)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SharedLayer(nn.Module):
    """One transformer layer, applied `layers` times with the same weights."""

    def __init__(self, hidden: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.dense = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, eps=1e-12)
        self.ffn = nn.Linear(hidden, inner)
        self.ffn_output = nn.Linear(inner, hidden)
        self.output_norm = nn.LayerNorm(hidden, eps=1e-12)

    def _split(self, x: Tensor) -> Tensor:
        batch, length, hidden = x.shape
        return x.view(batch, length, self.heads, hidden // self.heads).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, tokens, hidden] -> same."""
        attended = F.scaled_dot_product_attention(
            self._split(self.query(x)), self._split(self.key(x)), self._split(self.value(x))
        )
        attended = attended.transpose(1, 2).reshape(x.shape)
        x = self.attention_norm(x + self.dense(attended))
        inner = F.gelu(self.ffn(x), approximate="tanh")
        output: Tensor = self.output_norm(x + self.ffn_output(inner))
        return output


class PhonemeBert(nn.Module):
    """Context for each phoneme. tokens: [batch, tokens] int64 -> [batch, tokens, hidden]."""

    def __init__(
        self,
        vocabulary: int = 178,
        embedding: int = 128,
        hidden: int = 768,
        heads: int = 12,
        inner: int = 2048,
        layers: int = 12,
        positions: int = 512,
    ) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, embedding)
        self.position_embeddings = nn.Embedding(positions, embedding)
        self.token_type_embeddings = nn.Embedding(2, embedding)
        self.embedding_norm = nn.LayerNorm(embedding, eps=1e-12)
        self.mapping = nn.Linear(embedding, hidden)
        self.layer = SharedLayer(hidden, heads, inner)
        self.layers = layers

    def forward(self, tokens: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = (
            self.word_embeddings(tokens)
            + self.position_embeddings(positions)
            + self.token_type_embeddings.weight[0]
        )
        x = cast(Tensor, self.mapping(self.embedding_norm(x)))
        for _ in range(self.layers):
            x = cast(Tensor, self.layer(x))
        return x
