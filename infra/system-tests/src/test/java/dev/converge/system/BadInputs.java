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
        new Kind(2, "bytesAfterTheJsonAreRefused", bodies::trailing),
        new Kind(3, "aFieldThatIsThereTwiceIsRefused", bodies::duplicateField),
        new Kind(4, "numbersThatAreNoJsonAreRefused", bodies::noNumber),
        new Kind(5, "exponentsAreRefused", bodies::exponent),
        new Kind(6, "numbersOfManyDigitsAreRefused", bodies::digits),
        new Kind(7, "deepNestingIsRefused", bodies::deep),
        new Kind(8, "thousandsOfFieldsAreRefused", bodies::manyFields),
        new Kind(9, "wrongTypesAreRefused", bodies::wrongType),
        new Kind(10, "nullWhereAValueIsDueIsRefused", bodies::nulls),
        new Kind(11, "aMissingFieldIsRefused", bodies::missing),
        new Kind(12, "anUnknownFieldIsRefused", bodies::unknownField),
        new Kind(13, "aFieldThatIsOursToSetIsRefused", bodies::ownedField),
        new Kind(14, "quantitiesOutOfRangeAreRefused", bodies::quantity),
        new Kind(15, "pricesAndCurrenciesThatAreNoneAreRefused", bodies::price),
        new Kind(16, "noLinesTooManyOrTheSameTwiceAreRefused", bodies::lines),
        new Kind(17, "whatIsNotPlainUtf8IsRefused", texts::encoding),
        new Kind(18, "namesThatLookLikeOthersAreRefused", texts::lookalike),
        new Kind(19, "injectedTextIsRefused", texts::injection),
        new Kind(20, "pathsThatLeadElsewhereLeadNowhere", addresses::path),
        new Kind(21, "idsThatAreNoneAreRefused", addresses::id),
        new Kind(22, "methodsThatAreNotThereAreRefused", addresses::method),
        new Kind(23, "contentTypesOtherThanJsonAreRefused", headers::contentType),
        new Kind(24, "packedBodiesAreRefusedUnopened", headers::contentEncoding),
        new Kind(25, "aRequestWhoseLengthIsInDoubtIsCutOff", framing::smuggled),
        new Kind(26, "floodsAndMalformedHeadersAreRefused", framing::headers),
        new Kind(27, "aBodyOverTheLimitIsRefused", framing::tooLarge),
        new Kind(29, "pipelinedRequestsAreAnsweredInTurn", framing::pipelined),
        new Kind(30, "http2IsNotSpokenAndDoesNoHarm", framing::http2),
        new Kind(31, "aForgedHostIsNeverUsed", headers::forgedHost),
        new Kind(32, "anAuthorizationHeaderChangesNothing", headers::authorization),
        new Kind(33, "badIdempotencyKeysAreRefused", headers::idempotencyKey),
        new Kind(34, "badPagesAndFiltersAreRefused", addresses::page),
        new Kind(35, "conditionsThatMakeNoSenseAreIgnored", headers::condition),
        new Kind(37, "pathsInAnotherFormAreNotFound", addresses::otherForm),
        new Kind(38, "noPageOfAnotherSiteWrites", headers::crossSite));
  }
}
