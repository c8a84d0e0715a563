package dev.converge.console;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;

/** Writes pictures one after the other, as an animation that repeats. */
final class AnimatedGif {
  private static final String FORMAT = "javax_imageio_gif_image_1.0";

  private AnimatedGif() {}

  /**
   * Writes a file.
   *
   * @param pictures PNGs of one size
   * @param width to which they are reduced
   */
  static void write(Path file, List<byte[]> pictures, int width, int hundredthsOfASecond)
      throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    Files.deleteIfExists(file);
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.prepareWriteSequence(null);
      for (byte[] png : pictures) {
        BufferedImage picture = reduced(ImageIO.read(new ByteArrayInputStream(png)), width);
        writer.writeToSequence(
            new IIOImage(picture, null, metadata(writer, picture, hundredthsOfASecond)), null);
      }
      writer.endWriteSequence();
    } finally {
      writer.dispose();
    }
  }

  private static BufferedImage reduced(BufferedImage picture, int width) {
    int height = picture.getHeight() * width / picture.getWidth();
    BufferedImage reduced = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = reduced.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    boolean unused = graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    return reduced;
  }

  private static IIOMetadata metadata(
      ImageWriter writer, BufferedImage picture, int hundredthsOfASecond) throws IOException {
    IIOMetadata metadata =
        writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(picture), null);
    IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(FORMAT);
    IIOMetadataNode control = child(root, "GraphicControlExtension");
    control.setAttribute("disposalMethod", "none");
    control.setAttribute("userInputFlag", "FALSE");
    control.setAttribute("transparentColorFlag", "FALSE");
    control.setAttribute("delayTime", Integer.toString(hundredthsOfASecond));
    control.setAttribute("transparentColorIndex", "0");
    IIOMetadataNode repeat = new IIOMetadataNode("ApplicationExtension");
    repeat.setAttribute("applicationID", "NETSCAPE");
    repeat.setAttribute("authenticationCode", "2.0");
    repeat.setUserObject(new byte[] {1, 0, 0});
    child(root, "ApplicationExtensions").appendChild(repeat);
    metadata.setFromTree(FORMAT, root);
    return metadata;
  }

  private static IIOMetadataNode child(IIOMetadataNode root, String name) {
    for (int i = 0; i < root.getLength(); i++) {
      if (root.item(i).getNodeName().equals(name)) {
        return (IIOMetadataNode) root.item(i);
      }
    }
    IIOMetadataNode child = new IIOMetadataNode(name);
    root.appendChild(child);
    return child;
  }
}
