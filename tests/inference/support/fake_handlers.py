"""Handlers that the tests run in a worker process; imported by name there."""

import os
import sys
import time

import numpy as np

from inference.errors import InferenceCancelledError


def double(payload, arrays, report):
    report(0.5, "doubling")
    return {"said": payload}, {key: value * 2 for key, value in arrays.items()}


def behave(payload, arrays, report):
    """Do what the payload says; the parent must survive all of it."""
    report(0.1, "begun")
    if payload == "raise":
        raise ValueError("no such rib")
    if payload == "memory":
        raise MemoryError("8 GB")
    if payload == "exit":
        sys.exit(3)
    if payload == "die":
        os._exit(7)
    if payload == "cancelled":
        raise InferenceCancelledError("cancelled")
    if payload == "hang":
        while True:
            time.sleep(60)
    if payload == "poll":
        while True:
            report(0.2, "waiting")
            time.sleep(0.01)
    if payload == "unpicklable":
        return (lambda: None), {}
    if payload == "modules":
        return sorted(sys.modules), {}
    if payload == "large":
        return "large", {"big": np.ones((2000, 2000), np.float32)}
    return payload, {}


def pid(payload, arrays, report):
    return os.getpid(), {}
