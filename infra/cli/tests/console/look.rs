//! How a page looks: its size, its colours, and pictures of it.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::browser::{Browser, ours};

/// What sticks out of the page to the right, if it can be scrolled sideways.
const STICKING_OUT: &str = "
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > page.clientWidth + 1);
    return [`${page.scrollWidth} of ${page.clientWidth} px`, ...out.slice(0, 9).map(e => e.outerHTML.slice(0, 120))];
";

impl Browser {
    /// Gives the page that many pixels, and a system that is `light` or `dark`.
    pub fn look(&self, width: u32, height: u32, scheme: &str) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.chrome("Emulation.setDeviceMetricsOverride", &size);
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.chrome(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        );
    }

    /// Saves pictures of the whole page, light and dark, as `target/console/NAME-light.png` and `NAME-dark.png`.
    pub fn pictures(&self, name: &str) {
        for scheme in ["dark", "light"] {
            self.look(1280, 900, scheme);
            self.save(&format!("{name}-{scheme}"));
        }
    }

    /// Saves a picture of the whole page, and says where.
    pub fn save(&self, name: &str) -> PathBuf {
        let folder = ours();
        let file = folder.join(format!("{name}.png"));
        let picture = self.picture();
        let saved = fs::create_dir_all(folder).and_then(|()| fs::write(&file, picture));
        saved.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        file
    }

    fn picture(&self) -> Vec<u8> {
        let whole =
            json!({ "format": "png", "captureBeyondViewport": true, "clip": self.extent() });
        let told = self.chrome("Page.captureScreenshot", &whole);
        let data = told["data"].as_str().expect("a picture");
        STANDARD.decode(data).expect("a picture in base64")
    }

    /// The whole page, but no more than four screens of it.
    fn extent(&self) -> Value {
        let metrics = self.chrome("Page.getLayoutMetrics", &json!({}));
        let (page, screen) = (&metrics["cssContentSize"], &metrics["cssLayoutViewport"]);
        let seen = screen["clientHeight"].as_f64().unwrap_or_default();
        let height = page["height"].as_f64().unwrap_or_default();
        let height = height.clamp(seen, 4.0 * seen);
        json!({ "x": 0, "y": 0, "width": page["width"], "height": height, "scale": 1 })
    }

    /// What a phone shows only if the page is scrolled sideways.
    pub fn sticking_out(&self) -> Vec<String> {
        self.look(360, 740, "light");
        let out = self.texts(STICKING_OUT);
        self.look(1280, 900, "light");
        out
    }
}
