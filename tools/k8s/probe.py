"""Asks grpc.health.v1 as the probes of Kubernetes do: probe.py HOST:PORT [SERVICE]

Plain HTTP/2 by hand, as far as one call needs it, so that nothing must be installed.
"""

import socket
import struct
import sys

STATUS = {1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + body


def header(name, value):
    """A literal that is neither indexed nor compressed; names and values are shorter than 127 bytes."""
    return b"\x00" + bytes((len(name),)) + name.encode() + bytes((len(value),)) + value.encode()


def exactly(wire, count):
    data = b""
    while len(data) < count:
        more = wire.recv(count - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def health(address, service="", timeout=5):
    """SERVING, NOT_SERVING, or None where nobody answers or nothing of this name is known."""
    try:
        with socket.create_connection(address.rsplit(":", 1), timeout=timeout) as wire:
            return ask(wire, address, service)
    except OSError:
        return None


def ask(wire, address, service):
    request = b"\x0a" + bytes((len(service),)) + service.encode() if service else b""
    headers = b"".join(header(*pair) for pair in (
        (":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"), (":authority", address),
        ("content-type", "application/grpc"), ("te", "trailers"),
    ))
    wire.sendall(
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS, 1, headers)
        + frame(DATA, END_STREAM, 1, b"\x00" + struct.pack(">I", len(request)) + request)
    )
    body = b""
    while True:
        head = exactly(wire, 9)
        kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0]
        content = exactly(wire, int.from_bytes(head[:3], "big"))
        if kind == SETTINGS and not flags & ACK:
            wire.sendall(frame(SETTINGS, ACK, 0))
        if kind == DATA and stream == 1:
            body += content
        if kind in (RST_STREAM, GOAWAY) or stream == 1 and flags & END_STREAM and kind in (DATA, HEADERS):
            # A refusal has no message, an answer the status as its one field.
            return STATUS.get(body[6]) if len(body) == 7 and body[5] == 8 else None


if __name__ == "__main__":
    print(health(*sys.argv[1:3]))
