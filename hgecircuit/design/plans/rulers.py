"""Golomb rulers with the smallest possible length, up to 28 marks.

Marks as published by the distributed.net OGR projects and in the CRC Handbook of Combinatorial
Designs; lengths as in OEIS A003022. The tests check that every distance of a ruler is different.
"""

from __future__ import annotations

import numpy as np

from hgecircuit.design.plans.bounds import GOLOMB_LENGTHS

# Between the first mark, 0, and the last, the length; one row for every number of marks from 3.
_INNER_MARKS = """
1
1 4
1 4 9
1 4 10 12
1 4 10 18 23
1 4 9 15 22 32
1 5 12 25 27 35 41
1 6 10 23 26 34 41 53
1 4 13 28 33 47 54 64 70
2 6 24 29 40 43 55 68 75 76
2 5 25 37 43 59 70 85 89 98 99
4 6 20 35 52 59 77 78 86 89 99 122
4 20 30 57 59 62 76 100 111 123 136 144 145
1 4 11 26 32 56 68 76 115 117 134 150 163 168
5 7 17 52 56 67 80 81 100 122 138 159 165 168 191
2 10 22 53 56 82 83 89 98 130 148 153 167 188 192 205
1 6 25 32 72 100 108 120 130 153 169 187 190 204 231 233 242
1 8 11 68 77 94 116 121 156 158 179 194 208 212 228 240 253 259
2 24 56 77 82 83 95 129 144 179 186 195 255 265 285 293 296 310 329
1 9 14 43 70 106 122 124 128 159 179 204 223 253 263 270 291 330 341 353
3 7 17 61 66 91 99 114 159 171 199 200 226 235 246 277 316 329 348 350 366
9 33 37 38 97 122 129 140 142 152 191 205 208 252 278 286 326 332 353 368 384 403
12 29 39 72 91 146 157 160 161 166 191 207 214 258 290 316 354 372 394 396 431 459 467
1 33 83 104 110 124 163 185 200 203 249 251 258 314 318 343 356 386 430 440 456 464 475 487
3 15 41 66 95 97 106 142 152 220 221 225 242 295 330 338 354 382 388 402 415 486 504 523 546
3 15 41 66 95 97 106 142 152 220 221 225 242 295 330 338 354 382 388 402 415 486 504 523 546 553
"""


def optimal_ruler(marks: int) -> np.ndarray | None:
    """A shortest Golomb ruler from 0 on, rising, shape (marks,); None above 28 marks."""
    if marks > len(GOLOMB_LENGTHS):
        return None
    ends = [0, GOLOMB_LENGTHS[marks - 1]][:marks]
    inner = _INNER_MARKS.split("\n")[marks - 2] if marks > 2 else ""
    return np.sort(np.array([*ends, *map(int, inner.split())], np.int64))
