# SPDX-License-Identifier: Apache-2.0
"""A QUIC version 1 Initial packet of the client with a TLS ClientHello (RFC 9000, RFC 9001). The block
cipher comes from the openssl program, the rest from the standard library."""
import hashlib
import hmac
import subprocess

SALT = bytes.fromhex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a')
TAG = 16


def expand(secret, label, n):
    label = b'tls13 ' + label
    info = n.to_bytes(2, 'big') + bytes([len(label)]) + label + b'\0'
    return hmac.new(secret, info + b'\1', hashlib.sha256).digest()[:n]


def aes(mode, key, data, *more):
    return subprocess.run(['openssl', 'enc', '-aes-128-' + mode, '-K', key.hex(), '-nopad', *more], input=data,
                          capture_output=True, check=True).stdout


def gf_mul(x, y):
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xe1 << 120 if y & 1 else 0)
    return z


def ghash(h, data):
    z = 0
    for i in range(0, len(data), 16):
        z = gf_mul(z ^ int.from_bytes(data[i:i + 16], 'big'), h)
    return z


def seal(key, nonce, head, plain):
    """AES-128-GCM: ciphertext and tag."""
    h = int.from_bytes(aes('ecb', key, bytes(16)), 'big')
    sealed = aes('ctr', key, plain, '-iv', (nonce + b'\0\0\0\2').hex())
    text = head + bytes(-len(head) % 16) + sealed + bytes(-len(sealed) % 16)
    z = ghash(h, text + (8 * len(head)).to_bytes(8, 'big') + (8 * len(sealed)).to_bytes(8, 'big'))
    first = int.from_bytes(aes('ecb', key, nonce + b'\0\0\0\1'), 'big')
    return sealed + (z ^ first).to_bytes(TAG, 'big')


def varint2(n):
    return (0x4000 | n).to_bytes(2, 'big')


def hello(sni):
    name = b'\0' + len(sni).to_bytes(2, 'big') + sni
    ext = b'\0\0' + (len(name) + 2).to_bytes(2, 'big') + len(name).to_bytes(2, 'big') + name
    body = b'\3\3' + bytes(32) + b'\0' + b'\0\2\x13\1' + b'\1\0' + len(ext).to_bytes(2, 'big') + ext
    return b'\1' + len(body).to_bytes(3, 'big') + body


def initial(sni, dcid=b'\x10\x11\x12\x13\x14\x15\x16\x17', size=1200):
    crypto = hello(sni)
    frames = b'\x06\0' + varint2(len(crypto)) + crypto
    head = b'\xc1\0\0\0\1' + bytes([len(dcid)]) + dcid + b'\0\0'
    frames += bytes(size - len(head) - 4 - TAG - len(frames))
    head += varint2(2 + len(frames) + TAG) + b'\0\0'
    secret = expand(hmac.new(SALT, dcid, hashlib.sha256).digest(), b'client in', 32)
    key, nonce, protect = (expand(secret, b'quic ' + k, n) for k, n in ((b'key', 16), (b'iv', 12), (b'hp', 16)))
    packet = head + seal(key, nonce, head, frames)
    at = len(head) - 2
    mask = aes('ecb', protect, packet[at + 4:at + 20])
    out = bytearray(packet)
    out[0] ^= mask[0] & 0x0f
    out[at] ^= mask[1]
    out[at + 1] ^= mask[2]
    return bytes(out)
