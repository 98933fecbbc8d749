//! What is deployed: the stack as the template makes it, on a local AWS.

mod alarms;
mod bodies;
mod custom;
mod dashboard;
mod deliveries;
mod eventbridge;
mod failures;
mod fresh;
mod handlers;
mod logs;
mod order;
mod package;
mod permissions;
mod program;
mod reconciler;
mod secrets;
mod sqs;
mod template;
