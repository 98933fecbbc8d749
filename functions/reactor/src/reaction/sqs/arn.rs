//! The queue of the user's choice, by its ARN.

use std::fmt;

use shared::aws::Region;

/// A FIFO queue, in any region and account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueArn {
    suffix: &'static str,
    region: String,
    account: String,
    name: String,
}

impl QueueArn {
    /// Reads one, such as `arn:aws:sqs:eu-central-1:123456789012:tickets.fifo`; `None` for anything else.
    pub fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let ["arn", partition, "sqs", region, account, name] = parts[..] else {
            return None;
        };
        let suffix = match partition {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            _ => return None,
        };
        let is_whole = !region.is_empty() && !account.is_empty();
        let is_fifo = matches!(name.rsplit_once('.'), Some((_, "fifo")));
        (is_whole && is_fifo).then(|| Self {
            suffix,
            region: region.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Where it is: only there its messages are taken.
    pub fn region(&self) -> Region {
        Region::new(self.region.clone())
    }
}

/// The queue's URL.
impl fmt::Display for QueueArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            suffix,
            region,
            account,
            name,
        } = self;
        write!(formatter, "https://sqs.{region}.{suffix}/{account}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_queue_follows_from_its_arn() {
        for (arn, url) in [
            (
                "arn:aws:sqs:eu-central-1:123456789012:tickets.fifo",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/tickets.fifo",
            ),
            (
                "arn:aws-cn:sqs:cn-north-1:123456789012:t-_1.fifo",
                "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/t-_1.fifo",
            ),
            (
                "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:t.fifo",
                "https://sqs.us-gov-west-1.amazonaws.com/123456789012/t.fifo",
            ),
        ] {
            assert_eq!(QueueArn::parse(arn).unwrap().to_string(), url);
        }
    }

    #[test]
    fn only_a_fifo_queue_of_a_known_partition_is_one() {
        for arn in [
            "",
            "https://sqs.eu-central-1.amazonaws.com/123456789012/tickets.fifo",
            "arn:aws:sqs:eu-central-1:123456789012:tickets",
            "arn:aws:sns:eu-central-1:123456789012:tickets.fifo",
            "arn:aws-iso:sqs:us-iso-east-1:123456789012:tickets.fifo",
            "arn:aws:sqs::123456789012:tickets.fifo",
            "arn:aws:sqs:eu-central-1::tickets.fifo",
            "arn:aws:sqs:eu-central-1:123456789012:more:tickets.fifo",
        ] {
            assert_eq!(QueueArn::parse(arn), None, "{arn}");
        }
    }
}
