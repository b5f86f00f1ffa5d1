/**
 * A certificate for 127.0.0.1 and localhost, and its key, for tests alone: both are public, so they protect nothing.
 * They let tests go the same way by TLS as with a real cluster, on machines without the means to make certificates.
 * Good until 2126; it is its own authority.
 */
export const certificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIB2DCCAX2gAwIBAgIUUsSeVRfVaVSRQj5HnYupiyhWtwQwCgYIKoZIzj0EAwIw
MjEwMC4GA1UEAwwnaG9zdHBhdGgtcHJvdmlzaW9uZXIgdGVzdCBjb250cm9sIHBs
YW5lMCAXDTI2MTEyMjIyMjkyN1oYDzIxMjYxMDI5MjIyOTI3WjAyMTAwLgYDVQQD
DCdob3N0cGF0aC1wcm92aXNpb25lciB0ZXN0IGNvbnRyb2wgcGxhbmUwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAQdZoVX7dhHU5KvRQt08Hmc3r5Pl9tO1TLlguFH
SKY/5oSEo2lHlwWcAE2Fh7GMD7xMyUkUXwpKxatMm1l6ukbno28wbTAdBgNVHQ4E
FgQUXRoEhnbeWbzrRwdrAAlzod4Tt7cwHwYDVR0jBBgwFoAUXRoEhnbeWbzrRwdr
AAlzod4Tt7cwGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhALuPKhi60aqr0c/RZGV9TzExfU6/3F8N
6GPBZlBwXeIUAiEAzXlEWQjZLsQQqo0bBZUuv38NUqbv6epJcRSpdiXdiDo=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFvJY9timj013+vWa
6cACa4tcE6NPt27+TzOPUYB5vemhRANCAAQdZoVX7dhHU5KvRQt08Hmc3r5Pl9tO
1TLlguFHSKY/5oSEo2lHlwWcAE2Fh7GMD7xMyUkUXwpKxatMm1l6ukbn
-----END PRIVATE KEY-----
`,
};
