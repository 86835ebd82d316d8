"""What two people do with matrix-nio, printed as one JSON object of facts; the test beside it judges them."""
import asyncio
import json
import sys

from nio import AsyncClient, ReactionEvent, RoomMessageText, UnknownEvent


async def wait_for(client, find, what, tries=60):
    for _ in range(tries):
        found = find()
        if found:
            return found
        await client.sync(timeout=500)
    raise SystemExit(f"{client.user_id} never saw: {what}")


async def register(url, name):
    client = AsyncClient(url, name)
    answer = await client.register(name, "correct horse battery", device_name=f"{name}'s device")
    if not getattr(answer, "access_token", None):
        raise SystemExit(f"registration failed: {answer}")
    await client.sync(timeout=0, full_state=True)
    return client


def collect(client, seen):
    client.add_event_callback(lambda room, event: seen.append(event), (RoomMessageText, ReactionEvent, UnknownEvent))


async def send(client, room_id, content, kind="m.room.message"):
    answer = await client.room_send(room_id, kind, content)
    if not getattr(answer, "event_id", None):
        raise SystemExit(f"sending failed: {answer}")
    return answer.event_id


async def talk(url):
    facts = {}
    alice, bob = await register(url, "nio-alice"), await register(url, "nio-bob")
    heard = []
    collect(bob, heard)
    room = await alice.room_create(name="Garage", invite=[bob.user_id])
    room_id = room.room_id
    await wait_for(bob, lambda: room_id in bob.invited_rooms, "the invite")
    facts["invited"] = True
    await bob.join(room_id)
    await wait_for(bob, lambda: room_id in bob.rooms, "the join")
    await wait_for(alice, lambda: room_id in alice.rooms and bob.user_id in alice.rooms[room_id].users, "the other in the room")

    hello = await send(alice, room_id, {"msgtype": "m.text", "body": "hello"})
    await wait_for(bob, lambda: [e for e in heard if getattr(e, "event_id", None) == hello], "hello")
    await send(alice, room_id, {
        "msgtype": "m.text", "body": "* hi", "m.new_content": {"msgtype": "m.text", "body": "hi"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": hello}})
    await wait_for(bob, lambda: [e for e in heard if getattr(e, "body", "") == "* hi"], "the edit")
    reaction = await send(bob, room_id, {"m.relates_to": {"rel_type": "m.annotation", "event_id": hello, "key": "+"}}, "m.reaction")
    in_thread = await send(bob, room_id, {"msgtype": "m.text", "body": "aside", "m.relates_to": {"rel_type": "m.thread", "event_id": hello}})
    facts["reacted"], facts["threaded"] = bool(reaction), bool(in_thread)

    oops = await send(bob, room_id, {"msgtype": "m.text", "body": "oops"})
    redacted = await bob.room_redact(room_id, oops, reason="a slip")
    facts["redacted"] = bool(getattr(redacted, "event_id", None))
    await bob.room_read_markers(room_id, hello, hello)
    await bob.room_typing(room_id, True, 5000)
    await wait_for(alice, lambda: bob.user_id in alice.rooms[room_id].typing_users, "the typing")
    receipts = await wait_for(alice, lambda: bob.user_id in alice.rooms[room_id].read_receipts, "the receipt")
    facts["read"] = bool(receipts)

    for number in range(1, 31):
        await send(alice, room_id, {"msgtype": "m.text", "body": f"line {number}"})
    lines, start, pages = [], "", 0
    while pages < 20:
        page = await bob.room_messages(room_id, start, limit=10)
        lines += [event.body for event in page.chunk if isinstance(event, RoomMessageText) and event.body.startswith("line ")]
        pages += 1
        if not page.end or not page.chunk:
            break
        start = page.end
    facts["lines"] = lines[::-1]
    await alice.close()
    await bob.close()
    return facts


print(json.dumps(asyncio.run(talk(sys.argv[1]))))
