# SPDX-License-Identifier: BSD-2-Clause
"""Each scenario in a process of its own, some at once: what one leaves (threads, sockets, a network
namespace) ends with it."""

import multiprocessing
import multiprocessing.connection
import time

import results

fork = multiprocessing.get_context("fork")


def run_one(scenario, pipe):
	"""In the new process: the checks go to the parent when all are made."""
	checks = results.Results(quiet=True)
	try:
		scenario.run(checks)
	except Exception as error:  # pylint: disable=broad-except
		checks.add(f"{scenario.name}/ran", False, f"{type(error).__name__}: {error}")
	pipe.send(checks.checks)
	pipe.close()


def start(scenario):
	receiver, sender = fork.Pipe(duplex=False)
	process = fork.Process(target=run_one, args=(scenario, sender))
	process.start()
	sender.close()
	return receiver, (scenario, process, time.monotonic())


def finish(receiver, scenario, process, begin, checks):
	try:
		made = receiver.recv()
	except EOFError:
		made = {}
	receiver.close()
	process.join()
	print(f"== {scenario.name}, {time.monotonic() - begin:.0f} s")
	for name, entry in made.items():
		checks.put(name, entry)
	checks.seconds[scenario.name] = round(time.monotonic() - begin, 1)
	if not made:
		checks.add(f"{scenario.name}/ran", False, f"its process ended with {process.exitcode}")


def run_all(scenarios, jobs, checks, finished):
	"""Runs them in this order, so many at once; calls finished() after each."""
	waiting, running = list(scenarios), {}
	while waiting or running:
		while waiting and len(running) < jobs:
			receiver, what = start(waiting.pop(0))
			running[receiver] = what
		for receiver in multiprocessing.connection.wait(running):
			finish(receiver, *running.pop(receiver), checks)
			finished()
