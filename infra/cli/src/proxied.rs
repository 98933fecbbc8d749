//! HTTP on the stack that the functions use, but through the proxy that `HTTPS_PROXY` and the like name: an operator may
//! sit behind one.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use shared::aws::TLS;

/// For requests to others than AWS.
pub fn connector() -> Connector {
    through_the_proxy(Connector::builder())
}

/// For the SDK's clients.
pub fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        through_the_proxy(connector)
    })
}

fn through_the_proxy(connector: ConnectorBuilder) -> Connector {
    let connector = connector.proxy_config(ProxyConfig::from_env());
    connector.tls_provider(TLS).build()
}
