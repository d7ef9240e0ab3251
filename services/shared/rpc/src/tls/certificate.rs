//! What a certificate says. Whether it is to be believed is rustls' business, not ours.

use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// The subject alternative names, DNS names and URIs; none when it cannot be read.
pub(super) fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, certificate)) = parse_x509_certificate(certificate) else {
        return Vec::new();
    };
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let named = names.value.general_names.iter();
    let text = named.filter_map(|name| match name {
        GeneralName::DNSName(text) | GeneralName::URI(text) => Some((*text).to_owned()),
        _ => None,
    });
    text.collect()
}

/// When it expires, seconds since 1970; `None` when it cannot be read.
pub(super) fn expires(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// Its serial number in hexadecimal, as `openssl x509 -serial` shows it.
pub(super) fn serial(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    Some(certificate.raw_serial_as_string())
}
