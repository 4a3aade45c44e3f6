"""Between HTTP and WSGI: what an application returns, as the server keeps and sends it."""

from registry.front.bridge import run


def test_the_date_of_an_answer_and_what_concerns_one_connection_are_left_to_the_server():
    def application(environ, start_response):
        start_response("200 OK", [("Date", "Sun, 01 Nov 2026 00:00:00 GMT"), ("Connection", "close"), ("ETag", '"1"')])
        return [b"kept"]

    answer = run(application, {})
    assert (answer.headers, answer.body) == ((("ETag", '"1"'),), b"kept")
