//! Bundles: children that follow their master, and a master that a child opens again.

use algapsa::desk::{Act, Change, Way};
use uuid::Uuid;

use super::{World, after};

/// A master with two children; all three are open.
fn bundle(world: &mut World) -> [Uuid; 3] {
    let open = world
        .desk
        .tickets()
        .filter(|ticket| world.desk.is_open(ticket));
    let ids: Vec<_> = open.map(|ticket| ticket.id).take(3).collect();
    for child in &ids[1..] {
        let at = world.now();
        world
            .desk
            .save(Way::Ui, *child, &[Change::Bundle(Some(ids[0]))], at);
    }
    ids.try_into().expect("there are three")
}

#[test]
fn children_follow_their_master_without_a_word_and_without_closed_at() {
    let mut world = World::new();
    let [master, one, other] = bundle(&mut world);
    let change = world.change(Way::Ui, Act::Close, master);
    let happened = world.desk.save(Way::Ui, master, &[change], after(60));
    let told: Vec<_> = happened
        .iter()
        .map(|happened| (happened.ticket_id, happened.way, happened.announced.len()))
        .collect();
    assert_eq!(
        told,
        [
            (master, Way::Ui, 2),
            (one, Way::Bundle, 0),
            (other, Way::Bundle, 0)
        ]
    );
    for child in [one, other] {
        let child = world.desk.ticket(child).unwrap();
        assert!(!world.desk.is_open(child) && child.closed_at.is_none());
    }
    let at = world.now();
    world.desk.save(Way::Ui, one, &[Change::Bundle(None)], at);
    let change = world.change(Way::Ui, Act::Reopen, master);
    let happened = world.desk.save(Way::Ui, master, &[change], after(90));
    assert_eq!(happened.len(), 2, "one has left");
}

#[test]
fn what_the_customer_is_told_is_copied_to_the_children_and_an_internal_note_is_not() {
    let mut world = World::new();
    let [master, one, _] = bundle(&mut world);
    let before = world.desk.ticket(one).unwrap().comments.len();
    let said = |world: &mut World, act| {
        let change = world.change(Way::Ui, act, master);
        let at = world.now();
        world.desk.save(Way::Ui, master, &[change], at).len()
    };
    assert_eq!(said(&mut world, Act::Note), 1);
    assert_eq!(said(&mut world, Act::Reply), 3);
    assert_eq!(world.desk.ticket(one).unwrap().comments.len(), before + 1);
}

#[test]
fn a_customers_mail_on_a_child_opens_its_closed_master_again() {
    let mut world = World::new();
    let [master, one, _] = bundle(&mut world);
    world.does(Way::Api, Act::Close, master);
    let change = world.change(Way::Mail, Act::Reply, one);
    let happened = world.desk.save(Way::Mail, one, &[change], after(90));
    let told: Vec<_> = happened
        .iter()
        .map(|happened| (happened.ticket_id, happened.announced.len()))
        .collect();
    assert_eq!(told, [(one, 1), (master, 0)]);
    assert!(world.desk.is_open(world.desk.ticket(master).unwrap()));
}
