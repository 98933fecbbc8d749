//! Conditional writes: whoever comes second changes nothing.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

/// A failed condition means that somebody else has already taken the item further: nothing is left to do.
pub(super) async fn if_still_so(update: UpdateItemFluentBuilder) -> Result<(), UpdateItemError> {
    changes(update).await.map(drop)
}

/// Whether the condition held.
pub(super) async fn changes(update: UpdateItemFluentBuilder) -> Result<bool, UpdateItemError> {
    match update.send().await.map_err(SdkError::into_service_error) {
        Ok(_) => Ok(true),
        Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
        Err(err) => Err(err),
    }
}
