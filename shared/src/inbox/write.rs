//! Conditional writes: one that comes second changes nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder as Update;
use aws_sdk_dynamodb::types::AttributeValue;

use super::table::{Inbox, Item};

impl Inbox {
    /// An update of the item at `key`, under a condition.
    pub(super) fn update<const N: usize>(
        &self,
        key: Item,
        expression: &str,
        condition: &str,
        values: [(&str, AttributeValue); N],
    ) -> Update {
        let update = self.client.update_item().table_name(&self.table);
        update
            .set_key(Some(key))
            .update_expression(expression)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names(&format!("{expression} {condition}"))))
            .set_expression_attribute_values(values_of(values))
    }
}

/// Each `#name` of an expression stands for the attribute of that name.
pub(super) fn names(expression: &str) -> HashMap<String, String> {
    let marked = expression.split('#').skip(1);
    let is_past = |c: char| c != '_' && !c.is_ascii_lowercase();
    marked
        .filter_map(|rest| rest.split(is_past).next())
        .map(|name| (format!("#{name}"), name.into()))
        .collect()
}

/// What each `:name` of an expression stands for. DynamoDB takes no empty map.
fn values_of<const N: usize>(values: [(&str, AttributeValue); N]) -> Option<Item> {
    (N > 0).then(|| Item::from(values.map(|(name, value)| (name.into(), value))))
}

/// A failed condition means that the item has already been taken further: nothing is left to do.
pub(super) async fn if_still_so(update: Update) -> Result<(), UpdateItemError> {
    match update.send().await.map_err(SdkError::into_service_error) {
        Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
        Err(err) => Err(err),
    }
}
