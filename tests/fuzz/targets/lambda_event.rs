#![no_main]
#![doc = "The law of that name."]

libfuzzer_sys::fuzz_target!(|input: &[u8]| laws::lambda_event(input));
