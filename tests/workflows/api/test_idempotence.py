"""The same request again, under the same key: the first answer, and nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import func, select

from tests.builders import SME, SMES, House, a_programme, a_reviewed_application, an_application, who
from tests.workflows.api.client import Programs, complaints, refused
from tests.workflows.api.conftest import a_house_with_firms
from tests.workflows.portal.visitors import an_app
from voucher.database import Database
from voucher.idempotence import AnsweredRequest
from voucher.vouchers import Voucher
from voucher.work import read

OTHER_SME = who(SMES[1])


def _application(house: House, **other: str) -> dict[str, Any]:
    return {"programme": a_programme(house), "sme": house.references[SMES[0].number], "amount": "1000.00", "currency": "CNY",
            "purpose": "Research"} | other


def _vouchers(house: House) -> int:
    with read(house.database) as session:
        return session.exec(select(func.count()).select_from(Voucher)).one()


def test_the_same_request_under_the_same_key_gets_the_first_answer(api: Programs, house: House) -> None:
    body = _application(house)
    first = api.post(SME, "/vouchers", body, key="k-1")
    house.clock.turn(days=1)
    again = api.post(SME, "/vouchers", body, key="k-1")
    assert first.json is not None
    assert again.status_code == first.status_code == 201
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"] == f"/api/v1/vouchers/{first.json['reference']}"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert _vouchers(house) == 1


def test_the_order_of_names_and_the_quotes_of_a_key_do_not_matter(api: Programs, house: House) -> None:
    body = _application(house)
    first = api.done(SME, "/vouchers", body, key="k-1")
    turned = dict(reversed(body.items()))
    assert api.done(SME, "/vouchers", turned, key='"k-1"')["reference"] == first["reference"]


def test_another_request_under_the_same_key_is_refused(api: Programs, house: House) -> None:
    api.done(SME, "/vouchers", _application(house), key="k-1")
    details = refused(api.post(SME, "/vouchers", _application(house, amount="2000.00"), key="k-1"), 422)
    assert "Idempotency-Key" in details["detail"]
    assert _vouchers(house) == 1


def test_the_same_body_to_another_address_is_another_request(api: Programs, house: House) -> None:
    one, two = a_reviewed_application(house), a_reviewed_application(house)
    api.done("approver1", f"/vouchers/{one}/issue", key="k-1")
    refused(api.post("approver1", f"/vouchers/{two}/issue", key="k-1"), 422)


def test_two_people_may_use_the_same_key(api: Programs, house: House) -> None:
    first = api.done(SME, "/vouchers", _application(house), key="k-1")
    other = api.done(OTHER_SME, "/vouchers", _application(house, sme=house.references[SMES[1].number]), key="k-1")
    assert other["reference"] != first["reference"]


def test_without_a_key_each_request_counts(api: Programs, house: House) -> None:
    body = _application(house)
    api.done(SME, "/vouchers", body)
    api.done(SME, "/vouchers", body)
    assert _vouchers(house) == 2


def test_a_refused_request_may_be_repeated_under_its_key_when_it_can_be_done(api: Programs, house: House) -> None:
    voucher = an_application(house)
    refused(api.post("approver1", f"/vouchers/{voucher}/issue", key="k-1"), 409)
    api.done("reviewer1", f"/vouchers/{voucher}/review")
    assert api.done("approver1", f"/vouchers/{voucher}/issue", key="k-1")["state"] == "issued"


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 101, "ключ", "\x7f"])
def test_a_key_that_is_none_is_refused(lone_api: Programs, key: str) -> None:
    found = complaints(lone_api.send(SME, "POST", "/vouchers", json=_application(lone_api.house), headers={"Idempotency-Key": key}))
    assert set(found) == {"Idempotency-Key"}


def test_a_file_sent_again_is_kept_once(api: Programs, house: House) -> None:
    def upload(content: bytes) -> Any:
        form = {"organisation": house.references[SMES[0].number], "file": (BytesIO(content), "a.pdf")}
        return api.post(SME, "/files", data=form, key="k-1")

    first = upload(b"%PDF-1.7 one").json["reference"]
    assert upload(b"%PDF-1.7 one").json["reference"] == first
    refused(upload(b"%PDF-1.7 two"), 422)


def test_a_password_leaves_no_trace_that_could_be_guessed_from(api: Programs, house: House) -> None:
    body = {"email": "new@voucher.example", "name": "New", "password": "correct horse battery"}
    api.done("administrator1", "/people", body, key="k-1")
    with read(house.database) as session:
        kept = session.exec(select(AnsweredRequest)).one()
    assert "correct horse" not in kept.body
    assert kept.created_at - house.clock.now < timedelta(seconds=1)


def test_twenty_at_once_under_one_key_have_one_effect(postgres: Database, tmp_path: Path) -> None:
    house = a_house_with_firms(postgres, tmp_path)
    api = Programs(an_app(house, tmp_path), house)
    body, barrier = _application(house), Barrier(20)
    api.key(SME)

    def apply(_turn: int) -> tuple[int, bytes]:
        barrier.wait()
        response = api.post(SME, "/vouchers", body, key="k-1")
        return response.status_code, response.data

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(apply, range(20)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert _vouchers(house) == 1


def test_twenty_at_once_under_keys_of_their_own_issue_once(postgres: Database, tmp_path: Path) -> None:
    house = a_house_with_firms(postgres, tmp_path)
    api = Programs(an_app(house, tmp_path), house)
    voucher, barrier = a_reviewed_application(house), Barrier(20)
    api.key("approver1")

    def issue(turn: int) -> int:
        barrier.wait()
        return api.post("approver1", f"/vouchers/{voucher}/issue", key=f"k-{turn}").status_code

    with ThreadPoolExecutor(20) as threads:
        statuses = sorted(threads.map(issue, range(20)))
    assert statuses == [200] + [409] * 19
