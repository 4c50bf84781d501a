"""Untrusted chat templates give a prompt or a reason, within seconds."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import msgspec
import pytest

from tests.patience import GUARD
from tui.engine.process.environment import worker_environ
from tui.engine.worker.template_renderer import Renderer, TemplateError
from tui.engine.worker.template_wire import READY, Job, Rendered


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Renderer]:
    monkeypatch.setenv("PYTHONPATH", worker_environ({})["PYTHONPATH"])
    renderer = Renderer(seconds=GUARD)
    yield renderer
    renderer.close()


def rendered(renderer: Renderer, template: str) -> str:
    variables = {"eos_token": "</s>", "enable_thinking": False}
    return renderer.render(template, [{"role": "user", "content": "é 猫 <&>"}], variables)


@pytest.mark.parametrize(
    ("template", "prompt"),
    [
        ("{{ messages[0]['content'] }}|{{ add_generation_prompt }}|{{ tools }}", "é 猫 <&>|True|None"),
        ("{{ eos_token }}{% if enable_thinking %}on{% else %}off{% endif %}", "</s>off"),
        ("{% for n in [1, 2, 3] %}\n    {% if n == 2 %}{% break %}{% endif %}\n{{ n }}{% endfor %}", "1"),
        ("{% generation %}{{ messages[0].role }}{% endgeneration %}", "user"),
        ("{{ messages | tojson }}", '[{"role": "user", "content": "é 猫 <&>"}]'),
        ("{{ strftime_now('%Y') | length }}", "4"),
    ],
)
def test_templates_find_expected_variables_and_functions(renderer: Renderer, template: str, prompt: str) -> None:
    assert rendered(renderer, template) == prompt


LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
GROWTH = "{% set n = namespace(x='xxxxxxxx') %}{% for i in range(40) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ raise_exception('System role not supported') }}", "System role not supported"),
        ("{{ nothing.at.all }}", "UndefinedError"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{{ 'x' * 10**10 }}", "too much memory"),
        (GROWTH, "too much memory"),
        ("{% for i in range(99999) %}{{ 'x' * 100000 }}{% endfor %}", "without end"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "too deeply"),
        ("{{ raise_exception('no' * 10**6) }}", "^(no){150}$"),
        ("{{ nothing['no' * 10**6].at.all }}", "^UndefinedError: .{1,300}$"),
    ],
)
def test_failing_template_gives_a_reason_and_the_next_one_renders(
    renderer: Renderer, template: str, reason: str
) -> None:
    with pytest.raises(TemplateError, match=reason):
        rendered(renderer, template)
    assert rendered(renderer, "still here") == "still here"


def test_prompt_longer_than_a_pipe_is_rendered(renderer: Renderer) -> None:
    said = [{"role": "user", "content": "猫" * 500_000}]
    assert renderer.render("{{ messages[0].content }}", said, {}) == said[0]["content"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_long_prompt_survives_a_stop_signal(unbuffered: str) -> None:
    job = Job("{{ messages[0].content }}", {"messages": [{"role": "user", "content": "猫" * 500_000}]})
    environ = {**worker_environ({}), "PYTHONUNBUFFERED": unbuffered}
    command = (sys.executable, "-P", "-m", "tui.engine.worker.template_sandbox")
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == READY
        child.stdin.write(msgspec.json.encode(job) + b"\n")
        child.stdin.flush()
        full = fcntl.fcntl(child.stdout, fcntl.F_GETPIPE_SZ).to_bytes(4, sys.byteorder)
        while fcntl.ioctl(child.stdout, termios.FIONREAD, full) != full:
            time.sleep(0.01)
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED)
        child.send_signal(signal.SIGCONT)
        # A second job completes a line that was left unfinished.
        child.stdin.write(msgspec.json.encode(job) + b"\n")
        child.stdin.flush()
        answer = msgspec.json.decode(child.stdout.readline(), type=Rendered)
        child.kill()
    assert answer.prompt == "猫" * 500_000


LIMITS = """
import resource, time
from tui.engine.worker import template_sandbox
template_sandbox._limit_time()
early, hard = resource.getrlimit(resource.RLIMIT_CPU)
while time.process_time() < 2:
    pass
template_sandbox._limit_time()
late, same = resource.getrlimit(resource.RLIMIT_CPU)
print(late > early, early > template_sandbox.CPU_SECONDS, hard == same)
"""


def test_time_limit_starts_anew_for_each_template() -> None:
    command = (sys.executable, "-P", "-c", LIMITS)
    output = subprocess.run(command, env=worker_environ({}), stdout=subprocess.PIPE, check=True).stdout
    assert output.split() == [b"True", b"True", b"True"]


@pytest.mark.parametrize("template", [LOOP, "{{ (10 ** 8) ** (10 ** 8) }}"])
def test_template_that_computes_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    monkeypatch.setenv("PYTHONPATH", worker_environ({})["PYTHONPATH"])
    hasty = Renderer(seconds=3.0)
    with pytest.raises(TemplateError, match="longer than 3 s"):
        hasty.render(template, [{"role": "user", "content": "x" * 10**6}], {})
    assert rendered(hasty, "still here") == "still here"
    hasty.close()
