"""The peers say the same words as the house, or the comparison is none."""

import jinja2

from benchmarks.speed import letters
from delivery.event import EventName
from delivery.texts.render import Form, Renderer


def test_a_peers_template_says_what_the_house_says() -> None:
    ours = Renderer().render(EventName.DONE.value, Form.SMS, letters.fields(7)).text

    theirs = jinja2.Template(letters.TEMPLATE).render(letters.plain_fields(7))

    assert theirs.strip() == ours
