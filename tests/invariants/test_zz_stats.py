from collections import Counter
from postal_bridge.errors import Refusal
C=Counter()
from tests.invariants.test_one_holder import one_holder
from tests.invariants.test_conservation import conservation
from tests.invariants.test_replay import replay
from tests.invariants.test_nothing_half_done import events_and_messages
def check(m):
    n,o=m.done
    r = o.reason.slug if isinstance(o,Refusal) else 'ok'
    if n.startswith('scan') and r=='ok':
        r = f"acc{o.accepted}" if not o.refused else o.refused[0].refusal.reason.slug
    C[n,r]+=1
    one_holder(m); conservation(m); replay(m)
    for p in m.now.positions.values(): C['stage',p.stage.value]+=1
def test_x(play):
    try: play(check, examples=250, steps=40)
    finally:
        for k,v in sorted(C.items()): print(k,v)
