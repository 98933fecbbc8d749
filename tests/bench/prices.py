"""What a month takes beyond its events: prices, and what is free."""

import cost

# US dollars in us-east-1, and where each was read: what an event takes, and what a month takes.
CLOUDWATCH = "[an article](https://c3x.dev/blog/aws-cloudwatch-metrics-cost/)"
SECRETS = "[an article](https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms)"
EVENTBRIDGE = "[a guide of March 2026](https://cloudburn.io/blog/amazon-eventbridge-pricing)"
PRICES = {
    **cost.PRICES,
    "CloudWatch Logs, GB kept": (0.03, "0.03", "[a guide of June 2026](https://c3x.dev/blog/cloudwatch-logs-cost-optimization)"),
    "CloudWatch metric": (0.30, "0.30, by the hour", "[a guide of February 2026](https://signoz.io/guides/cloudwatch-pricing)"),
    "CloudWatch alarm on one metric": (0.10, "0.10", CLOUDWATCH),
    "CloudWatch dashboard": (3.00, "3.00", CLOUDWATCH),
    "Secrets Manager secret": (0.40, "0.40", SECRETS),
    "Secrets Manager call": (0.05e-4, "0.05 for 10,000", SECRETS),
    "DynamoDB GB": (0.25, "0.25", "[AWS](https://aws.amazon.com/dynamodb/pricing/)"),
    "DynamoDB GB of point-in-time recovery": (0.20, "0.20", "[a reseller's list](https://docs.echo.stream/docs/table-pricing), by its proportion to the other prices"),
    "S3 GB": (0.023, "0.023", cost.S3),
    "KMS call": (0.03e-4, "0.03 for 10,000", "[a guide of March 2026](https://www.wring.co/blog/aws-kms-pricing-guide)"),
    "EventBridge Scheduler call": (1.00e-6, "1.00 a million", EVENTBRIDGE),
    "EventBridge event of 64 kB": (1.00e-6, "1.00 a million", EVENTBRIDGE),
    "GB sent to the internet": (0.09, "0.09", "[a guide of 2026](https://wring.co/blog/aws-data-transfer-pricing-guide)"),
}
# What an account gets each month for nothing, for good. CloudWatch's: https://aws.amazon.com/cloudwatch/pricing/; the others:
# where the price was read.
FREE = {
    "Lambda request": (1e6, "1 million"),
    "Lambda GB-second, arm64": (400e3, "400,000"),
    "SQS FIFO request of 64 kB": (1e6, "1 million"),
    "CloudWatch Logs, GB taken in": (5, "5"),
    "CloudWatch metric": (10, "10"),
    "CloudWatch alarm on one metric": (10, "10"),
    "CloudWatch dashboard": (3, "3, of up to 50 metrics"),
    "DynamoDB GB": (25, "25"),
    "KMS call": (20e3, "20,000"),
    "EventBridge Scheduler call": (14e6, "14 million"),
    "GB sent to the internet": (100, "100"),
}
