//! The functions, called in this process: what they answer, keep and report, next to a local AWS.

mod inbox;
mod reactor;
mod receiver;
mod reconciler;

use aws_sdk_sqs::types::Message;
use shared::event::Place;
use shared::queue::Doorbell;

fn bell(place: &Place, unpark: bool) -> Doorbell {
    let place = place.clone();
    Doorbell { place, unpark }
}

fn parsed(message: &Message) -> Doorbell {
    Doorbell::parse(message.body().unwrap()).unwrap()
}
