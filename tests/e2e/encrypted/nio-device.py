"""A device of matrix-nio that does what the test beside it says: one JSON object a line, in and out."""
import asyncio
import json
import random
import sys
import uuid

from nio import AsyncClient, AsyncClientConfig, MegolmEvent, RoomMessageText

POLL_MS = 5000
CUT_OFF_S = 0.15
RETRY_S = 0.1
MEETINGS_MAX = 50


def keep_earliest(store):
    """matrix-nio would give up a room key for what is left of it later, which senders give again where both sides began to talk at once."""
    add = store.add

    def add_unless_later(session):
        known = store.get(session.room_id, session.sender_key, session.id)
        return (known is None or session.first_known_index < known.first_known_index) and add(session)

    store.add = add_unless_later


class Device:
    def __init__(self, session, folder):
        self.events = {}
        self.is_line_bad = False
        # matrix-nio would go on with a room key that it is just giving out when it hears of a new device, and leave that one out.
        self.giving = asyncio.Lock()
        config = AsyncClientConfig(
            store_sync_tokens=False, encryption_enabled=True, request_timeout=30, max_timeout_retry_wait_time=1)
        self.client = AsyncClient(session["url"], session["userId"], device_id=session["deviceId"], store_path=folder, config=config)
        self.client.restore_login(session["userId"], session["deviceId"], session["accessToken"])
        keep_earliest(self.client.olm.inbound_group_store)
        self.client.add_event_callback(self.note, (MegolmEvent, RoomMessageText))

    def note(self, _room, event):
        known = self.events.get(event.event_id)
        if not isinstance(known, RoomMessageText):
            self.events[event.event_id] = event

    async def keep_keys(self):
        client = self.client
        await client.send_to_device_messages()
        if client.should_upload_keys:
            await client.keys_upload()
        async with self.giving:
            if client.should_query_keys:
                await client.keys_query()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())

    async def keep_syncing(self):
        while True:
            try:
                cut = CUT_OFF_S if self.is_line_bad and random.random() < 0.5 else None
                await asyncio.wait_for(self.client.sync(timeout=POLL_MS), cut)
                await self.keep_keys()
            except Exception:  # The server is away, or the line is.
                await asyncio.sleep(RETRY_S)

    async def meet_everybody(self, room):
        """matrix-nio would write without those whose server could not be asked for keys just now, and never make up for it."""
        for _ in range(MEETINGS_MAX):
            missing = self.client.get_missing_sessions(room)
            if not missing:
                return
            await self.client.keys_claim(missing)
            await asyncio.sleep(RETRY_S)

    async def say(self, room, text):
        transaction = str(uuid.uuid4())
        async with self.giving:
            if self.client.should_query_keys:
                await self.client.keys_query()
        await self.meet_everybody(room)
        while True:
            async with self.giving:
                answer = await self.client.room_send(
                    room, "m.room.message", {"msgtype": "m.text", "body": text}, transaction, ignore_unverified_devices=True)
            if getattr(answer, "event_id", None):
                return answer.event_id
            print(answer, file=sys.stderr)
            await asyncio.sleep(RETRY_S)

    def devices(self, user):
        return [device.id for device in self.client.device_store.active_user_devices(user)]

    def members(self, room):
        known = self.client.rooms.get(room)
        return [] if known is None else [user for user in known.users if user not in known.invited_users]

    async def read_one(self, room, event_id):
        event = self.events.get(event_id)
        if event is None:
            answer = await self.client.room_get_event(room, event_id)
            event = getattr(answer, "event", None)
            if event is None:
                return {"problem": "never seen"}
            self.events[event_id] = event
        if isinstance(event, MegolmEvent):
            try:
                event = self.client.decrypt_event(event)
                self.events[event_id] = event
            except Exception as error:
                return {"problem": f"undecryptable: {error}"}
        return {"text": getattr(event, "body", "")}

    async def read(self, room, events):
        return [await self.read_one(room, event_id) for event_id in events]

    async def do(self, order):
        what = order["do"]
        if what == "say":
            return await self.say(order["room"], order["text"])
        if what == "read":
            return await self.read(order["room"], order["events"])
        if what == "devices":
            return self.devices(order["user"])
        if what == "members":
            return self.members(order["room"])
        if what == "line":
            self.is_line_bad = order["bad"]
        return None


async def obey(device, order):
    try:
        answer = {"id": order["id"], "value": await device.do(order)}
    except Exception as error:
        answer = {"id": order["id"], "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)


async def main(folder):
    reader = asyncio.StreamReader(limit=2 ** 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    device = Device(json.loads(await reader.readline()), folder)
    await device.client.sync(timeout=0, full_state=True)
    # Its identity goes first, and the keys that others need to write to it only with the next request.
    while device.client.should_upload_keys:
        await device.keep_keys()
    syncing = asyncio.ensure_future(device.keep_syncing())
    print(json.dumps({"id": 0, "value": None}), flush=True)
    orders = set()
    async for line in reader:
        order = asyncio.ensure_future(obey(device, json.loads(line)))
        orders.add(order)
        order.add_done_callback(orders.discard)
    syncing.cancel()
    await device.client.close()


asyncio.run(main(sys.argv[1]))
