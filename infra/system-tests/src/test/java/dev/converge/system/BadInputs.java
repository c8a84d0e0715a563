package dev.converge.system;

import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Generates bad input of many kinds. The same random numbers give the same input. */
final class BadInputs {
  /** A kind of bad input. */
  record Kind(int number, String claim, Supplier<BadInput> next) {
    @Override
    public String toString() {
      return number + " " + claim;
    }
  }

  private final BadBodies bodies;
  private final BadTexts texts;
  private final BadAddresses addresses;
  private final BadHeaders headers;
  private final BadFraming framing;

  BadInputs(long seed) {
    Random random = new Random(seed);
    bodies = new BadBodies(random);
    texts = new BadTexts(random);
    addresses = new BadAddresses(random);
    headers = new BadHeaders(random);
    framing = new BadFraming(random);
  }

  /** Every kind but those that need more than one connection: 28 and 36. */
  List<Kind> kinds() {
    return List.of(
        new Kind(1, "truncatedJsonIsRefused", bodies::truncated),
        new Kind(2, "trailingBytesAreRefused", bodies::trailing),
        new Kind(3, "duplicateFieldsAreRefused", bodies::duplicateField),
        new Kind(4, "malformedNumbersAreRefused", bodies::noNumber),
        new Kind(5, "exponentsAreRefused", bodies::exponent),
        new Kind(6, "longNumbersAreRefused", bodies::digits),
        new Kind(7, "deepNestingIsRefused", bodies::deep),
        new Kind(8, "excessFieldsAreRefused", bodies::manyFields),
        new Kind(9, "wrongTypesAreRefused", bodies::wrongType),
        new Kind(10, "nullInRequiredFieldsIsRefused", bodies::nulls),
        new Kind(11, "missingFieldsAreRefused", bodies::missing),
        new Kind(12, "unknownFieldsAreRefused", bodies::unknownField),
        new Kind(13, "readOnlyFieldsAreRefused", bodies::ownedField),
        new Kind(14, "quantitiesOutOfRangeAreRefused", bodies::quantity),
        new Kind(15, "invalidPricesAndCurrenciesAreRefused", bodies::price),
        new Kind(16, "emptyLongAndDuplicateOrderLinesAreRefused", bodies::lines),
        new Kind(17, "invalidUtf8AndControlCharactersAreRefused", texts::encoding),
        new Kind(18, "lookalikeNamesAreRefused", texts::lookalike),
        new Kind(19, "injectionAttemptsAreRefused", texts::injection),
        new Kind(20, "pathTraversalReachesNoFile", addresses::path),
        new Kind(21, "malformedAndUnknownIdsAreRefused", addresses::id),
        new Kind(22, "unsupportedMethodsAreRefused", addresses::method),
        new Kind(23, "unsupportedContentTypesAreRefused", headers::contentType),
        new Kind(24, "compressedBodiesAreRefused", headers::contentEncoding),
        new Kind(25, "ambiguousLengthsAreRefused", framing::smuggled),
        new Kind(26, "malformedAndExcessHeadersAreRefused", framing::headers),
        new Kind(27, "oversizedBodiesAreRefused", framing::tooLarge),
        new Kind(29, "pipelinedRequestsAreAnsweredInOrder", framing::pipelined),
        new Kind(30, "http2IsNotNegotiated", framing::http2),
        new Kind(31, "forgedHostsAreNotUsed", headers::forgedHost),
        new Kind(32, "authorizationHeadersAreIgnored", headers::authorization),
        new Kind(33, "invalidIdempotencyKeysAreRefused", headers::idempotencyKey),
        new Kind(34, "invalidPagesAndFiltersAreRefused", addresses::page),
        new Kind(35, "conditionalHeadersAreIgnored", headers::condition),
        new Kind(37, "nonCanonicalPathsAreRefused", addresses::otherForm),
        new Kind(38, "crossSiteWritesAreRefused", headers::crossSite));
  }
}
