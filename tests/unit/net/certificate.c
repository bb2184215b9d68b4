/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for the tests of TLS; apart, because OpenSSL's names meet those of
 * base/err. */
#include "certificate.h"

#include <stdio.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

bool certificate_write(const char *name, const char *cert_path, const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), (long)getpid());
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, name);
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    bool ok = X509_sign(cert, key, EVP_sha256()) > 0;
    FILE *f = fopen(cert_path, "w");
    ok = f && PEM_write_X509(f, cert) && !fclose(f) && ok;
    f = fopen(key_path, "w");
    ok = f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) && !fclose(f) && ok;
    X509_free(cert);
    EVP_PKEY_free(key);
    return ok;
}
