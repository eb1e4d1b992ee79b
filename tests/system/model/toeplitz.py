# SPDX-License-Identifier: BSD-2-Clause
"""The Toeplitz hash, bit by bit as its definition has it: slow, and nothing to get wrong."""


def hash_bytes(key, data):
	"""The 32 bits of the key that begin at each 1 bit of the data, added without carry."""
	bits = int.from_bytes(key, "big")
	result = 0
	for position in range(len(data) * 8):
		if data[position // 8] >> (7 - position % 8) & 1:
			result ^= bits >> (len(key) * 8 - 32 - position) & 0xFFFFFFFF
	return result


# One of the vectors published with the definition: 66.9.149.187:2794 to 161.142.100.80:1766.
KEY = bytes.fromhex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa")
assert hash_bytes(KEY, bytes([66, 9, 149, 187, 161, 142, 100, 80, 10, 234, 6, 230])) == 0x51CCC178
