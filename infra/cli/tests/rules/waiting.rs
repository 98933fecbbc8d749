//! Which streams have waited for long.

use alga_webhooks::commands::waiting::by_stream;
use jiff::Timestamp;
use shared::event::Place;
use shared::inbox::Waiting;

fn waits(stream: &str, due: &str, second: i64) -> Waiting {
    Waiting {
        place: Place {
            stream: stream.into(),
            due: due.into(),
        },
        kept_at: Timestamp::from_second(second).unwrap(),
    }
}

#[test]
fn a_stream_is_shown_whole_if_any_event_in_it_is_old_enough() {
    let waiting = vec![
        waits("a", "2", 100),
        waits("a", "1", 300),
        waits("b", "1", 200),
        waits("c", "1", 199),
    ];
    let before = Timestamp::from_second(200).unwrap();
    let dues = |streams: Vec<Vec<Waiting>>| -> Vec<String> {
        let dues = |events: Vec<Waiting>| events.into_iter().map(|event| event.place.due);
        let joined = |events| dues(events).collect::<Vec<_>>().join(",");
        streams.into_iter().map(joined).collect()
    };
    assert_eq!(dues(by_stream(waiting.clone(), Some(before))), ["1,2", "1"]);
    assert_eq!(dues(by_stream(waiting, None)), ["1,2", "1", "1"]);
}
